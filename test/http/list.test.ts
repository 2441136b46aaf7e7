import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { editNode } from '../../src/operations/edit-node.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { look } from '../incidents/storm-stage.ts'
import { actor } from '../support/fleet.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import { eventually } from '../support/until.ts'
import { type Answered, type Stage, startStage } from './stage.ts'

const MINUTE_MS = 60_000
const LIST = '/nodes?live=false'
const clock = new ShiftedClock()
let stage: Stage
let admin: string

beforeAll(async () => {
  const settings = {
    ...{ OCM_REFRESH_INTERVAL_MS: '600000', OCM_BACKUP_FREE_MB: '1' },
    ...{ OCM_LIST_DEADLINE_MS: '60000', OCM_STATUS_DEADLINE_MS: '60000' },
  }
  stage = await startStage({ clock, settings })
  admin = await stage.token('admin')
  const { snapshots } = stage.sandbox.app.owned.context
  for (const id of ['alpha', 'beta', 'gone'])
    await eventually(() => expect(snapshots.get(id)).toBeDefined(), 60_000)
  expect(snapshots.get('alpha')?.state).toBe('serving')
}, 120_000)
afterAll(() => stage.close())

const ask = (token = admin, headers: Record<string, string> = {}) =>
  stage.ask('GET', LIST, { token, headers })
const etagOf = ({ headers }: Answered) => String(headers.etag)

async function does<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  input: object,
) {
  const { context } = stage.sandbox.app.owned
  const confirmed = operation.question && (await planOperation(context, actor('admin'), operation, input))
  await runOperation(context, actor('admin'), operation, input, confirmed ? { confirmed } : {})
}

interface Row {
  backupAt: { value: number | null }
  incidents: unknown[]
}

/** The rows as nobody remembers them. */
async function madeAnew(): Promise<Row[]> {
  const { context } = stage.sandbox.app.owned
  const { data } = await runOperation(context, actor('admin'), listNodes, { live: false })
  return JSON.parse(JSON.stringify(data.rows))
}

/** Asks until nothing moves by itself: what the first looks found may still be written down. */
async function settled(): Promise<Answered> {
  return eventually(async () => {
    const [one, other] = [await ask(), await ask()]
    expect(etagOf(one)).toBe(etagOf(other))
    return other
  })
}

describe('the list from memory', () => {
  it('is the same one under the same name until something moves, and is then not sent again', async () => {
    const first = await settled()
    const again = await ask()
    expect(again.json.data).toEqual(first.json.data)
    expect(again.json.operationId).not.toBe(first.json.operationId)
    const known = await ask(admin, { 'if-none-match': `"other", ${etagOf(again)}` })
    expect([known.status, known.text, etagOf(known)]).toEqual([304, '', etagOf(first)])
    expect(Number(again.headers['content-length'])).toBe(Buffer.byteLength(again.text))
    expect(again.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    const head = await stage.ask('HEAD', LIST, { token: admin })
    expect([head.status, head.text, etagOf(head)]).toEqual([200, '', etagOf(first)])
  })

  it('comes compressed to who takes that, and is the same one', async () => {
    const plain = await settled()
    const headers = { 'accept-encoding': 'gzip' }
    for (let turn = 0; turn < 2; turn += 1) {
      const sent = await stage.ask('GET', LIST, { token: admin, headers, encoding: 'latin1' })
      expect(sent.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
      expect(Number(sent.headers['content-length'])).toBe(sent.text.length)
      const { data } = JSON.parse(gunzipSync(Buffer.from(sent.text, 'latin1')).toString('utf8'))
      expect(data).toEqual(plain.json.data)
      expect(etagOf(sent)).toBe(etagOf(plain))
    }
    expect((await stage.ask('HEAD', LIST, { token: admin, headers })).headers).toMatchObject({
      'content-encoding': 'gzip',
    })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['a name', () => does(editNode, { node: 'beta', name: 'Renamed' })],
    ['a tag', () => does(editNode, { node: 'beta', tags: ['moved'] })],
    ['a look', () => does(nodeStatus, { node: 'beta' })],
    ['a rule', () => does(setRule, { node: 'alpha', name: 'diskWarning', value: 1 })],
    ['a maintenance', () => does(setMaintenance, { node: 'beta', on: true, minutes: 10, reason: 'a disk' })],
    ['the end of a maintenance by the clock alone', async () => clock.setForward(15 * MINUTE_MS)],
  ])('tells of %s in the very next answer', async (_what, change) => {
    const before = await settled()
    await change()
    const next = await ask(admin, { 'if-none-match': etagOf(before) })
    expect(next.status).toBe(200)
    expect(next.json.data.rows).toEqual(await madeAnew())
    expect(next.json.data.rows).not.toEqual(before.json.data.rows)
  })

  it.each<[string, () => Promise<unknown>, (row: Row) => boolean]>([
    ['a backup', () => does(backupNode, { node: 'alpha' }), ({ backupAt }) => backupAt.value !== null],
    [
      'an incident',
      () => {
        const { incidents } = stage.sandbox.app.owned.context
        const one = look('disk', 'critical', { node: 'alpha', at: clock.now() })
        const signals = [{ ...one, seen: one.seen && { ...one.seen, immediate: true } }]
        return incidents.apply({ kind: 'signals', signals })
      },
      ({ incidents }) => incidents.length > 0,
    ],
  ])(
    'tells of %s as soon as it is there',
    async (_what, change, isThere) => {
      await settled()
      await change()
      await eventually(async () => {
        const rows = await madeAnew()
        const next = await ask()
        expect(rows.filter(isThere)).not.toEqual([])
        expect(next.json.data.rows).toEqual(rows)
      }, 60_000)
    },
    120_000,
  )

  it('is never that of somebody with other rights, whoever asked before', async () => {
    const limited = await stage.token('viewer', { tags: ['prod'] })
    const all = await settled()
    const own = await ask(limited, { 'if-none-match': etagOf(all) })
    expect(own.status).toBe(200)
    expect(own.json.data.rows.map(({ id }: { id: string }) => id)).toEqual(['alpha'])
    expect((await ask()).json.data.rows).toHaveLength(3)
    await does(editNode, { node: 'alpha', tags: ['elsewhere'] })
    expect((await ask(limited, { 'if-none-match': etagOf(own) })).json.data.rows).toEqual([])
  })
})
