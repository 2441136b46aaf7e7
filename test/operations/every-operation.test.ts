import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { commands as slashCommands } from '../../commands/index.ts'
import { commands as cliCommands } from '../../src/cli/commands.ts'
import { commandKey } from '../../src/discord/command.ts'
import { operations } from '../../src/operations/index.ts'
import { isTextKey } from '../../src/text/translate.ts'

const ROOT = new URL('../../', import.meta.url)
const FOLDER = new URL('src/operations/', ROOT)

/** Faces that an operation does not have, and why. */
const EXEMPT: Readonly<Record<'discord' | 'cli' | 'presenter', Readonly<Record<string, string>>>> = {
  discord: {
    'keep-addition':
      'it is a button of the card on which an addition stopped, and /node has all the commands it can have',
    'import-registry': 'it reads a file of the machine that ocm runs on',
    'approve-known-keys': 'it reads a file of the machine that ocm runs on',
    'restrict-key': 'what it gives is put on a node from a shell',
    'create-token': 'a channel must not see what is shown once',
    'list-tokens': 'tokens are given out where they can be made',
    'revoke-token': 'tokens are given out where they can be made',
    'export-audit': 'it is for files that are kept elsewhere',
  },
  cli: {},
  presenter: {
    'import-registry': 'one face has it: what it says need not be shared',
    'approve-known-keys': 'one face has it: what it says need not be shared',
    'restrict-key': 'one face has it: what it says need not be shared',
    'create-token': 'one face has it: what it says need not be shared',
    'list-tokens': 'one face has it: what it says need not be shared',
    'revoke-token': 'one face has it: what it says need not be shared',
    'export-audit': 'it gives lines away as they are',
  },
}

/** The presenter of an operation is the file of its name; these share one with others. */
const TOLD_IN: Readonly<Record<string, string>> = {
  'keep-addition': 'add-node',
  'undo-add-node': 'add-node',
  'list-nodes': 'node-list',
  'list-audit': 'audit',
  'verify-audit': 'audit',
  'unretire-node': 'retire-node',
  'list-bots': 'bots',
  'backup-node': 'backups',
  'list-backups': 'backups',
  'verify-backup': 'backups',
  'drill-backup': 'backups',
  'compare-backups': 'backups',
  'delete-backup': 'backups',
  'fetch-backup': 'copy-backup',
  'fleet-versions': 'fleet',
  'fleet-restart': 'fleet',
  'fleet-update': 'fleet',
  'fleet-backup': 'fleet',
  'fleet-maintenance': 'fleet',
  'list-sessions': 'session-figures',
  'show-session': 'session-figures',
  'compact-session': 'session-change',
  'reset-session': 'session-change',
  'list-approvals': 'approvals',
  'approve-request': 'approvals',
  'refuse-request': 'approvals',
  'override-approval': 'approvals',
  'set-approval-rule': 'approvals',
  'list-incidents': 'incident',
  'acknowledge-incident': 'incident',
  'snooze-incident': 'incident',
  'unsnooze-incident': 'incident',
  'mute-alerts': 'incident',
}

/** What the CLI calls like an operation without being one: it only reads its own files. */
const NO_OPERATION = [
  'start',
  'registry-show',
  'registry-check',
  'doctor',
  'completion',
  'version',
  'help',
  'install-service',
  'uninstall-service',
  'service-status',
  'init',
]

const names = operations.map(({ name }) => name)

/** Every operation that a file of the folder exports. */
async function exported(): Promise<string[]> {
  const files = readdirSync(fileURLToPath(FOLDER)).filter((file) => file !== 'index.ts')
  const modules = await Promise.all(
    files.map(async (file): Promise<Record<string, unknown>> => import(new URL(file, FOLDER).href)),
  )
  return modules
    .flatMap((module) => Object.values(module))
    .flatMap((one) =>
      typeof one === 'object' && one !== null && 'nodeOf' in one && 'name' in one ? [String(one.name)] : [],
    )
}

/** Where what an operation tells is worded. */
function presenterOf(name: string): string {
  return `src/presenters/${TOLD_IN[name] ?? name}.ts`
}

async function functionsOf(file: string): Promise<string[]> {
  const url = new URL(file, ROOT)
  if (!existsSync(url)) return []
  const module: Record<string, unknown> = await import(url.href)
  return Object.keys(module).filter((name) => typeof module[name] === 'function')
}

/** The presenters that a face takes something from. */
function presentersIn(...folders: string[]): ReadonlySet<string> {
  const sources = folders.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(new URL(`${folder}/${file}`, ROOT), 'utf8')),
  )
  const files = sources.flatMap((text) => [...text.matchAll(/\/(presenters\/[a-z-]+\.ts)'/g)])
  return new Set(files.map(([, file]) => `src/${file}`))
}

describe('the list of operations', () => {
  it('has every operation there is, each once', async () => {
    expect([...names].sort()).toEqual((await exported()).sort())
    expect(new Set(names).size).toBe(names.length)
  })

  it('has a slash command for each, or says why not', () => {
    const without = names.filter((name) => !slashCommands.some(({ operation }) => operation.name === name))
    expect(without).toEqual(Object.keys(EXEMPT.discord))
  })

  it('has a command of the shell for each, or says why not', () => {
    const without = names.filter((name) => !cliCommands.some(({ operation }) => operation === name))
    expect(without).toEqual(Object.keys(EXEMPT.cli))
  })

  it('has a presenter for the plan and the result of each, or says why not', async () => {
    const without: string[] = []
    for (const { name, question } of operations) {
      const functions = await functionsOf(presenterOf(name))
      if (functions.length === 0) without.push(name)
      else if (question !== null) {
        expect(
          functions.filter((one) => one.endsWith('Plan')),
          name,
        ).not.toEqual([])
        expect(
          functions.filter((one) => one.endsWith('Result')),
          name,
        ).not.toEqual([])
      }
    }
    expect(without).toEqual(Object.keys(EXEMPT.presenter))
  })

  it('has each presenter laid out by every face of its operation', () => {
    const used = { discord: presentersIn('src/discord', 'commands'), cli: presentersIn('src/cli') }
    for (const name of names.filter((one) => !(one in EXEMPT.presenter)))
      for (const face of ['discord', 'cli'] as const)
        if (!(name in EXEMPT[face])) expect(used[face], `${face}: ${name}`).toContain(presenterOf(name))
  })

  it('has whatever a face runs', () => {
    for (const command of slashCommands) expect(names, commandKey(command)).toContain(command.operation.name)
    for (const { path, operation } of cliCommands)
      expect([...names, ...NO_OPERATION], path).toContain(operation)
  })

  it('has a name in words for each', () => {
    for (const name of names) expect(isTextKey(`operation.${name}`), name).toBe(true)
  })

  it('takes a confirmation back where there is a question, and nowhere else', () => {
    const asking = operations.filter(({ question }) => question !== null).map(({ name }) => name)
    for (const command of slashCommands)
      expect(command.confirmed !== undefined, commandKey(command)).toBe(
        asking.includes(command.operation.name),
      )
    expect(asking.length).toBeGreaterThan(5)
  })

  it('has a node to be alone on for whatever changes one', () => {
    const alone = operations.filter(({ effect, nodeOf }) => {
      if (effect !== 'change') return false
      return nodeOf({ node: 'alpha', id: 'alpha' } as never) === null
    })
    // A node that is not registered yet cannot be held; of many nodes, each is held by the operation on it.
    expect(alone.map(({ name }) => name)).toEqual([
      'add-node',
      'undo-add-node',
      'register-node',
      'fleet-restart',
      'fleet-update',
      'fleet-backup',
      'fleet-maintenance',
    ])
  })
})
