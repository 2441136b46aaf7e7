import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jumpOf } from '../../registry/jumps.ts'
import { type NodeRecord, registryDataSchema } from '../../registry/schema.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createRedactor } from '../../src/base/redact.ts'
import { openNodes } from '../../src/open-nodes.ts'
import type { NodesPort } from '../../src/openclaw/ports.ts'
import { operations } from '../../src/operations/index.ts'
import type { NodesSandbox } from '../../src/sandbox/nodes/control.ts'
import { startNodes } from '../../src/sandbox/nodes/start-nodes.ts'
import { writeRegistry } from '../../src/sandbox/stage/start-sandbox.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { keepLog } from '../support/log-keeper.ts'

const limits = { deadlineMs: 15_000 }

let folder = ''
let sandbox: NodesSandbox
let record: NodeRecord
const taken = makeKeyPair()
const refused = makeKeyPair()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-named-keys-'))
  await writeFile(join(folder, 'taken'), taken.private, { mode: 0o600 })
  await writeFile(join(folder, 'refused'), refused.private, { mode: 0o600 })
  const specs = [{ id: 'alpha', name: 'alpha', version: '2026.9.6' as const, agents: [] }]
  sandbox = await startNodes({ nodes: specs, authorizedKeys: [taken.public] })
  await writeRegistry(join(folder, 'registry.json'), specs, sandbox.nodes)
  const [node] = registryDataSchema.parse(
    JSON.parse(await readFile(join(folder, 'registry.json'), 'utf8')),
  ).nodes
  if (!node) throw new Error('no node')
  record = node
})
afterAll(async () => {
  await sandbox?.close()
  await rm(folder, { recursive: true, force: true })
})

const place = (name: string) => join(folder, name)
const tagged = (...tags: string[]): NodeRecord => ({ ...record, tags })

async function withNodes<T>(
  settings: Record<string, string>,
  work: (nodes: NodesPort) => Promise<T>,
): Promise<T> {
  const config = loadConfig({ OCM_DATA_DIR: folder, OCM_SSH_AGENT: 'none', ...settings }, { discord: 'none' })
  const nodes = await openNodes(config, {
    clock: systemClock,
    log: keepLog(),
    redactor: createRedactor([], { isOwnWord: () => false }),
    ssh: 'required',
    jumpOf: (node) => jumpOf(node, {}),
  })
  return work(nodes).finally(() => nodes.close())
}

/** How a log-in ends: `in`, or the code of the error. */
const login = (nodes: NodesPort, node: NodeRecord) =>
  nodes
    .link(node)
    .exec(sh`true`, { ...limits, fresh: true })
    .then(
      () => 'in',
      ({ code }) => code as string,
    )

describe('the keys of ocm', () => {
  it('are by tag: the first that fits, and the common one for every other node', () =>
    withNodes(
      { OCM_SSH_KEY: place('refused'), OCM_SSH_KEYS: `prod=${place('taken')}, eu=${place('refused')}` },
      async (nodes) => {
        expect(await login(nodes, tagged('eu', 'prod'))).toBe('in')
        expect(await login(nodes, tagged('lab'))).toBe('auth-failed')
        // A tag that is given or taken counts from the next look on.
        expect(await login(nodes, tagged('prod'))).toBe('in')
        expect(await login(nodes, tagged('eu'))).toBe('auth-failed')
        expect(nodes.withFullKey()).toBe(nodes)
      },
    ))

  it('are another one for what takes the full one, and that one alone', () =>
    withNodes({ OCM_SSH_KEY: place('refused'), OCM_SSH_FULL_KEY: place('taken') }, async (nodes) => {
      expect(await login(nodes, record)).toBe('auth-failed')
      const full = nodes.withFullKey()
      expect(await login(full, record)).toBe('in')
      expect(full.withFullKey()).toBe(full)
      await full.forget(record.id)
      expect(await login(nodes, record)).toBe('auth-failed')
    }))

  it.each([
    ['OCM_SSH_KEYS', () => `prod=${place('missing')}`],
    ['OCM_SSH_FULL_KEY', () => place('missing')],
  ])('are told by the name of their setting, %s, when they cannot be used', async (name, value) => {
    const opened = withNodes({ OCM_SSH_KEY: place('taken'), [name]: value() }, async () => undefined)
    await expect(opened).rejects.toMatchObject({
      code: 'config-invalid',
      problems: [{ name, code: 'key-unusable', params: { why: 'file-missing' } }],
    })
  })

  it.each(['prod', 'prod=', '=key', 'prod=a,prod=b'])('are not read from %j', (text) => {
    const read = () => loadConfig({ OCM_SSH_KEYS: text }, { discord: 'none' })
    expect(read).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ code: 'not-tag-keys' })] }),
    )
  })

  it('are the full one for what reads or writes the files of a login, and for nothing else', () => {
    const full = operations.filter(({ needsFullKey }) => needsFullKey).map(({ name }) => name)
    expect(full.sort()).toEqual([
      'add-bot',
      'add-node',
      'backup-bot',
      'backup-node',
      'decommission-node',
      'drill-backup',
      'fix-lint',
      'fleet-update',
      'keep-addition',
      'lint-nodes',
      'remove-bot',
      'restore-bot',
      'restore-node',
      'undo-add-node',
      'update-node',
    ])
  })
})
