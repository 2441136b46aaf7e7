import { spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { type RestoreStep, restoreNode } from '../../src/operations/restore-node.ts'
import type { Undo } from './faults.ts'
import type { Fleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

let fleet: Fleet
let product: Product
let folder: string
const undos: Undo[] = []

beforeAll(async () => {
  fleet = await sharedFleet()
  product = await openProduct(fleet, ['atlas', 'cirrus'])
  folder = await mkdtemp(path.join(os.tmpdir(), 'ocm-by-hand-'))
})
afterEach(async () => {
  for (const undo of undos.splice(0)) await undo()
})
afterAll(async () => {
  await product?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

const SOUL = '~/.openclaw/workspace/SOUL.md'
/** Files that nobody writes to by itself, as sha256sum on the machine says them. */
const HASHES = `cd ~/.openclaw && find . -type f -path './workspace*' ! -name '*.sqlite*' -print0 | sort -z | xargs -0 sha256sum`

/** What the gateway itself says: each session with its conversation and its tokens. */
const told = (name: string) => fleet.gateway(name).conversations()
const agentsOf = async (name: string) =>
  (await product.run(nodeStatus, { node: name })).data.snapshot.agents.value?.map(({ id }) => id).sort()
const user = async (name: string, command: string) => (await fleet.node(name).user(command)).stdout
const folders = (name: string) => user(name, "ls -A ~ | grep -E '^\\.ocm-restore|-restore-' | sort")

/** Makes the present differ from the backup: a turn, another conversation, a changed, a new and a removed file. */
async function change(name: string): Promise<void> {
  const gateway = fleet.gateway(name)
  await gateway.grow([
    { agent: 'main', tokens: 33_000 },
    { agent: 'main', key: 'discord:channel:999', tokens: 20_000 },
  ])
  await user(
    name,
    `echo changed > ${SOUL}; echo new > ~/.openclaw/workspace/new.md; rm -f ~/.openclaw/workspace/USER.md`,
  )
}

async function tidy(name: string): Promise<void> {
  await user(name, 'chmod -R u+w ~/.openclaw.*-restore-* 2>/dev/null; rm -rf ~/.openclaw.*-restore-*')
}

describe.each(['atlas', 'cirrus'])('a restore of a real node: %s', (name) => {
  test('brings agents, sessions, tokens and files back as the gateway then reports them', async () => {
    const [agents, sessions, hashes] = [await agentsOf(name), await told(name), await user(name, HASHES)]
    expect((await product.run(backupNode, { node: name })).outcome).toBe('done')
    await change(name)
    expect(await told(name)).not.toEqual(sessions)
    const steps: string[] = []
    const { data, outcome, durationMs } = await product.run(restoreNode, { node: name }, ({ step }) => {
      if (steps.at(-1) !== step) steps.push(step)
    })
    console.log(
      `${name}: ${outcome}, down ${data.secondsDown} s, run ${durationMs} ms, ${JSON.stringify(data)}`,
    )
    expect(data).toMatchObject({ state: 'restored', serving: true, fault: null })
    expect(data.compared).toMatchObject({ agentsMissing: [], unusable: [], unread: false })
    expect(outcome).toBe('done')
    expect(await told(name)).toEqual(sessions)
    expect(await agentsOf(name)).toEqual(agents)
    expect(await user(name, HASHES)).toBe(hashes)
    const [aside] = data.asides
    expect(await user(name, `cat '${aside?.path}/workspace/SOUL.md'`)).toBe('changed\n')
    expect((await folders(name)).trim()).toBe(path.basename(aside?.path ?? ''))
    expect((await fleet.gateway(name).turn('main', 'agent:main:main', 'Still there?')).status).toBe('ok')
    await tidy(name)
  })
})

describe('a restore of a serving gateway', () => {
  const name = 'atlas'
  const restore = (onStep: (step: RestoreStep) => void) => product.run(restoreNode, { node: name }, onStep)

  test('changes nothing when the disk of the node fills up while it is brought', async () => {
    await user(name, `echo present > ${SOUL}`)
    const before = await told(name)
    let filled: Promise<unknown> | null = null
    const run = restore(({ step }) => {
      if (step === 'staging')
        filled ??= fleet
          .node(name)
          .faults.diskFull()
          .then((undo) => undos.push(undo))
    })
    const result = await run.catch((error: unknown) => error)
    await filled
    for (const undo of undos.splice(0)) await undo()
    // Where all of it had arrived before the disk was full, it goes on, and either state is whole.
    if (result instanceof Error) {
      expect(result).toMatchObject({ code: 'restore-torn' })
      expect(await user(name, `cat ${SOUL}`)).toBe('present\n')
      expect(await told(name)).toEqual(before)
    } else expect(['restored', 'before']).toContain((result as { data: { state: string } }).data.state)
    expect(await folders(name)).not.toMatch(/ocm-restore/)
    await tidy(name)
  })

  test('goes on when its sshd is killed after the stop', async () => {
    let killed: Promise<unknown> | null = null
    const { data } = await restore(({ step }) => {
      if (step === 'swapping') killed ??= fleet.node(name).root("pkill -9 -f 'sshd: oc@'")
    })
    await killed
    expect(data).toMatchObject({ state: 'restored', serving: true })
    await tidy(name)
  })

  test('is made by hand as the documentation says', async () => {
    const docs = await readFile(path.join(import.meta.dirname, '..', '..', 'docs', 'backup.md'), 'utf8')
    const [, program = ''] = /```js\n([\s\S]*?)```/.exec(docs) ?? []
    await writeFile(path.join(folder, 'unpack.mjs'), program)
    const { data } = await product.run(backupNode, { node: name })
    const sessions = await told(name)
    const hashes = await user(name, HASHES)
    await change(name)
    const store = path.join(product.folder, 'backups')
    const here = (line: string) => {
      const { status, stderr } = spawnSync('sh', ['-ec', line], { cwd: folder, encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
    }
    here(`umask 077; node unpack.mjs '${store}' ${name} ${data.backup.id} restored`)
    here('tar --create --gzip --file restored.tgz --directory restored .')
    await copyFile(path.join(folder, 'restored.tgz'), fleet.node(name).machine.file('/home/oc/restored.tgz'))
    await fleet.node(name).root('chown oc: /home/oc/restored.tgz')
    const there = async (line: string) => {
      const { code, stderr } = await fleet.node(name).user(line, { timeoutMs: 120_000 })
      expect([code, stderr]).toEqual([0, ''])
    }
    await there(
      'mkdir -m 700 ~/restored && tar --extract --gzip --file ~/restored.tgz --directory ~/restored --no-same-owner',
    )
    await there('systemctl --user stop openclaw-gateway')
    await there('mv ~/.openclaw ~/.openclaw.before-restore && mv ~/restored$HOME/.openclaw ~/.openclaw')
    await there('systemctl --user reset-failed openclaw-gateway; systemctl --user start openclaw-gateway')
    await fleet.gateway(name).waitReady()
    expect(await told(name)).toEqual(sessions)
    expect(await user(name, HASHES)).toBe(hashes)
    await there('rm -rf ~/restored ~/restored.tgz ~/.openclaw.before-restore')
  })
})
