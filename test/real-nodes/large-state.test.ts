import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { verifyBackup } from '../../src/operations/manage-backups.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import { en } from '../../src/text/en/index.ts'
import { beginning } from '../support/killed-ocm.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { killedAt } from './killed-ocm.ts'
import { openProduct, type Product } from './product.ts'

const NAME = 'grand'
let fleet: Fleet
let product: Product

beforeAll(async () => {
  fleet = await startFleet({
    nodes: [
      {
        name: NAME,
        openclaw: '2026.6.8',
        agents: ['main', 'research'],
        sessions: [
          { agent: 'main', tokens: 15_000 },
          { agent: 'research', tokens: 40_000 },
        ],
        diskMb: 4096,
      },
    ],
  })
  product = await openProduct(fleet)
  // 200 MB in one piece and 100 MB in 4,000 files, none of which can be compressed. A file is recognised once it has
  // rested for two seconds.
  await user(
    `cd ~/.openclaw/workspace && head -c 200000000 /dev/urandom > large && mkdir many && cd many &&
    head -c 100000000 /dev/urandom | split -b 25000 -a 4 - part- && sleep 2.5`,
  )
})
afterAll(async () => {
  await product?.close()
  await fleet?.stop()
})

const user = async (command: string) => (await fleet.node(NAME).user(command, { timeoutMs: 120_000 })).stdout
const hashes = () =>
  user('cd ~/.openclaw/workspace && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum')
const left = () => user("ls -A ~ | grep -E '^\\.ocm-'")
const stateOf = async () => (await product.run(nodeStatus, { node: NAME })).data.snapshot.state

const told = () => fleet.gateway(NAME).conversations()

describe('a state of 300 MB on OpenClaw 2026.6.8', () => {
  test('is backed up whole, and the second time only what changed', async () => {
    const first = await product.run(backupNode, { node: NAME })
    const second = await product.run(backupNode, { node: NAME })
    console.log(
      `first ${first.durationMs} ms, ${first.data.backup.bytes} bytes; second ${second.durationMs} ms, ${second.data.backup.newBytes} bytes new`,
    )
    expect([first.outcome, second.outcome]).toEqual(['done', 'done'])
    expect(first.data.backup.bytes).toBeGreaterThan(300_000_000)
    expect(second.data.backup.newBytes).toBeLessThan(10_000_000)
    expect(second.data.unchanged.bytes).toBeGreaterThanOrEqual(300_000_000)
    expect(await left()).toBe('')
  })

  test('is backed up whole or not at all when its gateway is killed meanwhile', async () => {
    let killed: Promise<unknown> | null = null
    const before = await product.context.backups.list(NAME)
    const ended = await product
      .run(backupNode, { node: NAME }, ({ step }) => {
        if (step === 'transferring')
          killed ??= fleet
            .node(NAME)
            .root(
              'systemctl --user --machine=oc@.host kill -s KILL openclaw-gateway || pkill -9 -u oc -f openclaw',
            )
      })
      .catch((error: Error & { code?: string }) => error)
    await killed
    expect(killed).not.toBeNull()
    const after = await product.context.backups.list(NAME)
    expect(after.length - before.length).toBe('data' in ended ? 1 : 0)
    for (const backup of after) {
      const { data } = await product.run(verifyBackup, { node: NAME, backup: backup.id })
      expect(data.verification.problems).toEqual([])
    }
    await expect.poll(stateOf, { timeout: 120_000, interval: 1_000 }).toBe('serving')
    expect(await left()).toBe('')
  })

  test('comes back as it was, also after an ocm that was killed while it brought it', async () => {
    await expect.poll(stateOf, { timeout: 120_000, interval: 1_000 }).toBe('serving')
    const [sessions, files] = [await told(), await hashes()]
    expect((await product.run(backupNode, { node: NAME })).outcome).toBe('done')
    await fleet.node(NAME).gateway?.grow([{ agent: 'main', tokens: 33_000 }])
    await user('cd ~/.openclaw/workspace && rm -r many && echo new > large && echo present > SOUL.md')
    await killedAt(product, fleet, ['node', 'restore', NAME, '--yes'], beginning(en['restore.step.staging']))
    expect(await user('cat ~/.openclaw/workspace/SOUL.md')).toBe('present\n')
    expect(await stateOf()).toBe('serving')
    const { data, outcome, durationMs } = await product.run(restoreNode, { node: NAME })
    console.log(`restore ${durationMs} ms, down ${data.secondsDown} s, ${JSON.stringify(data.compared)}`)
    expect([outcome, data.state, data.fault]).toEqual(['done', 'restored', null])
    expect(await told()).toEqual(sessions)
    expect(await hashes()).toBe(files)
    expect(await left()).toBe('')
  })
})
