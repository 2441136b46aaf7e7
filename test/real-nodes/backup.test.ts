import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackupStore } from '../../src/backup/backup-store.ts'
import { systemClock } from '../../src/base/clock.ts'
import { backupNode } from '../../src/operations/backup-node.ts'
import { drillBackup } from '../../src/operations/drill-backup.ts'
import type { Fleet, RealNode } from './fleet.ts'
import { openProduct, type Product } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

let fleet: Fleet
let product: Product
let folder: string

beforeAll(async () => {
  fleet = await sharedFleet()
  product = await openProduct(fleet, ['atlas', 'cirrus'])
  folder = await mkdtemp(path.join(os.tmpdir(), 'ocm-restored-'))
})

afterAll(async () => {
  await product?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** What nobody writes to by itself: hashes by path below the home, as sha256sum on the machine says them. */
const LIST = `cd && find .openclaw bots -type f ! -name '*.sqlite*' ! -path '*/logs/*' ! -path '.openclaw/tmp/*' \
  ! -path '.openclaw/cache/control-ui-assets/*' -print0 2>/dev/null | sort -z | xargs -0 sha256sum`

function hashesHere(home: string): string {
  return spawnSync('sh', ['-c', LIST], { env: { ...process.env, HOME: home }, encoding: 'utf8' }).stdout
}

/** Unpacks the newest backup of a node with tar, as a person would, and says where its home lies. */
async function unpacked(node: string, id: string): Promise<string> {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const store = await openBackupStore(path.join(product.folder, 'backups'), { clock: systemClock, log })
  const tar = await buffer(await store.tarOf(id))
  const target = path.join(folder, node)
  spawnSync('mkdir', ['-p', target])
  const { status, stderr } = spawnSync('tar', ['-xf', '-', '-C', target], { input: tar })
  expect([status, String(stderr)]).toEqual([0, ''])
  return path.join(target, 'home', 'oc')
}

async function left(node: RealNode): Promise<string> {
  return (await node.user('ls -A ~ | grep ^.ocm-backup; pgrep -f "[o]cm-backup-watcher"')).stdout
}

describe('a backup of a serving gateway', () => {
  test.each(['atlas', 'cirrus'])(
    'has every file as it is, and databases with all that was said: %s',
    async (name) => {
      const node = fleet.node(name)
      await node.user(
        `mkdir -p ~/.openclaw/workspace && cd ~/.openclaw/workspace && printf x > "odd ' \\$(id) name" && ln -sfn /etc/hostname link && mkfifo pipe || true`,
      )
      const report = await product.run(backupNode, { node: name })
      const { data, outcome } = report
      console.log(
        `${name}: ${outcome}, ${data.backup.files} files, ${data.backup.bytes} bytes, ${data.databases} databases, ${data.transferMs} ms, run ${report.durationMs} ms, changed ${data.changed.length}, gaps ${JSON.stringify(data.gaps)}`,
      )
      expect(data.verification.problems).toEqual([])
      expect(outcome).toBe('done')
      expect(data.special).toBeGreaterThan(0)
      expect(await left(node)).toBe('')
      const here = await unpacked(name, data.backup.id)
      const there = (await node.user(LIST, { timeoutMs: 120_000 })).stdout
      expect(hashesHere(here).split('\n')).toEqual(there.split('\n'))
      if (name === 'cirrus') return
      for (const agent of ['main', 'research']) {
        const file = path.join(here, '.openclaw', 'agents', agent, 'agent', 'openclaw-agent.sqlite')
        const db = new DatabaseSync(file)
        const count = db.prepare('SELECT count(*) AS n FROM session_nodes').get() as { n: number }
        expect(count.n).toBeGreaterThan(0)
        expect(db.prepare('SELECT agent_id FROM schema_meta').get()).toMatchObject({ agent_id: agent })
        db.close()
      }
    },
  )

  test('costs a fraction when little has changed', async () => {
    const { data, outcome, durationMs } = await product.run(backupNode, { node: 'atlas' })
    console.log(`second: ${data.backup.newBytes} of ${data.backup.bytes} bytes new, ${durationMs} ms`)
    expect(outcome).toBe('done')
    expect(data.backup.newBytes).toBeLessThan(data.backup.bytes / 5)
  })

  test('by OpenClaw itself holds what its files hold, and nothing of it stays on the node', async () => {
    const node = fleet.node('atlas')
    // What it has is not lost to the next stream.
    await product.run(backupNode, { node: 'atlas' })
    const { data, outcome, durationMs } = await product.run(backupNode, {
      node: 'atlas',
      method: 'checkpoint',
    })
    console.log(`checkpoint: ${data.backup.files} files, ${data.backup.bytes} bytes, ${durationMs} ms`)
    expect(data.verification.problems).toEqual([])
    expect(outcome).toBe('done')
    expect(data.backup.method).toBe('openclaw')
    expect(await left(node)).toBe('')
    expect((await node.user('ls -A /tmp | grep openclaw-backup')).stdout).toBe('')
    const here = hashesHere(await unpacked('atlas', data.backup.id))
      .trimEnd()
      .split('\n')
    const there = new Set((await node.user(LIST, { timeoutMs: 120_000 })).stdout.trimEnd().split('\n'))
    expect(here.filter((line) => !there.has(line))).toEqual([])
    const missing = [...there].filter((line) => !here.includes(line)).map((line) => line.slice(66))
    console.log(`OpenClaw left out: ${missing.join(' ')}`)
    expect(missing.filter((name) => name.startsWith('.openclaw/workspace'))).toEqual([])
    const drill = await product.run(drillBackup, { node: 'atlas', backup: data.backup.id })
    expect(drill.outcome).toBe('done')
    const next = await product.run(backupNode, { node: 'atlas' })
    expect(next.data.unchanged.files).toBeGreaterThan(0)
  })

  test('is judged by OpenClaw itself beside the serving gateway, and an older one says that it cannot', async () => {
    const node = fleet.node('atlas')
    const pid = async () => (await node.user('systemctl --user show openclaw-gateway -p MainPID')).stdout
    const before = await pid()
    const { data, outcome, durationMs } = await product.run(drillBackup, { node: 'atlas', on: 'atlas' })
    console.log(`validated in ${durationMs} ms: ${JSON.stringify(data.openclaw)}`)
    expect(data.drill.problems).toEqual([])
    expect(data.openclaw).toMatchObject({ verdict: 'passed', config: true })
    expect(data.openclaw?.databases).toBe(data.openclaw?.databasesThere)
    expect(data.openclaw?.databases).toBeGreaterThan(1)
    expect(outcome).toBe('done')
    expect(await pid()).toBe(before)
    expect(await left(node)).toBe('')
    const old = await product.run(drillBackup, { node: 'cirrus', on: 'cirrus' })
    expect(old.data.openclaw).toMatchObject({ verdict: 'unknown', why: 'no-check' })
    expect(await left(fleet.node('cirrus'))).toBe('')
  })

  test('by an OpenClaw that cannot make one is refused before it is tried', async () => {
    const refused = product.run(backupNode, { node: 'cirrus', method: 'checkpoint' })
    await expect(refused).rejects.toMatchObject({ code: 'backup-impossible', params: { why: 'no-create' } })
  })

  test('leaves nothing when its sshd is killed in the middle', async () => {
    const node = fleet.node('atlas')
    await node.user('head -c 300000000 /dev/urandom > ~/.openclaw/workspace/large')
    const before = (await product.context.backups.list('atlas')).length
    let killed: Promise<unknown> | null = null
    const run = product.run(backupNode, { node: 'atlas' }, ({ step }) => {
      if (step === 'transferring') killed ??= node.root("pkill -9 -f 'sshd: oc@'")
    })
    await expect(run).rejects.toMatchObject({ code: 'backup-torn' })
    await killed
    for (let look = 0; look < 50 && (await left(node)) !== ''; look += 1) await systemClock.sleep(200)
    expect(await left(node)).toBe('')
    expect(await product.context.backups.list('atlas')).toHaveLength(before)
    await node.user('rm ~/.openclaw/workspace/large')
  })
})
