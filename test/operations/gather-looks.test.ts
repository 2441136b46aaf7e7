import { beforeEach, expect, it } from 'vitest'
import type { Audit, AuditEntry } from '../../src/operations/audit.ts'
import { GATHERED_MS, gatherLooks } from '../../src/operations/gather-looks.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const ENTRY: AuditEntry = {
  ...{ at: '2026-11-22T12:00:00.000Z', operationId: 'a', operation: 'list-nodes', face: 'http' },
  ...{ actorId: 'token-1', actorName: 'dash', address: '10.0.0.9', nodeId: null, input: { live: false } },
  ...{ reason: null, result: 'done', errorCode: null, durationMs: 3 },
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

let clock: FakeClock
let written: AuditEntry[]
let gathering: ReturnType<typeof gatherLooks>

beforeEach(() => {
  clock = createFakeClock()
  written = []
  const audit = { append: async (entry: AuditEntry) => void written.push(entry) } as Partial<Audit> as Audit
  gathering = gatherLooks(audit, { clock, log: silent })
})

const look = (operationId: string, change: Partial<AuditEntry> = {}) =>
  gathering.look({ ...ENTRY, operationId, ...change })
const told = () => written.map(({ operationId, times }) => (times ? `${operationId} ×${times}` : operationId))

it('writes the first look of its kind at once and those behind it as one line at their end', async () => {
  await look('a')
  expect(told()).toEqual(['a'])
  for (const id of ['b', 'c', 'd']) await look(id)
  await clock.advance(GATHERED_MS - 1)
  expect(told()).toEqual(['a'])
  await clock.advance(1)
  expect(told()).toEqual(['a', 'd ×3'])
  await look('e')
  expect(told()).toEqual(['a', 'd ×3', 'e'])
  await clock.advance(2 * GATHERED_MS)
  expect(told()).toEqual(['a', 'd ×3', 'e'])
})

it.each<[string, Partial<AuditEntry>]>([
  ['somebody else', { actorId: 'token-2' }],
  ['another address', { address: '10.0.0.8' }],
  ['another face', { face: 'web' }],
  ['another operation', { operation: 'node-status' }],
  ['another node', { nodeId: 'alpha' }],
  ['another question', { input: { live: true } }],
  ['another end', { result: 'failed', errorCode: 'deadline' }],
])('never takes the look of %s for the same', async (_what, change) => {
  await look('a')
  await look('b', change)
  await look('c')
  await look('d', change)
  expect(told()).toEqual(['a', 'b'])
  await clock.advance(GATHERED_MS)
  expect(told()).toEqual(['a', 'b', 'c', 'd'])
})

it('writes what was gathered when the program ends, and every look from then on', async () => {
  await look('a')
  await look('b')
  await look('c')
  await gathering.close()
  expect(told()).toEqual(['a', 'c ×2'])
  await look('d')
  await look('e')
  expect(told()).toEqual(['a', 'c ×2', 'd', 'e'])
})

it('keeps no more kinds than it may, and writes what exceeds them one by one', async () => {
  for (let count = 0; count < 2_000; count += 1) await look(`first ${count}`, { input: { count } })
  await look('x', { nodeId: 'x' })
  await look('y', { nodeId: 'x' })
  expect(told().slice(2_000)).toEqual(['x', 'y'])
  await clock.advance(GATHERED_MS)
  await look('z', { nodeId: 'x' })
  await look('gathered', { nodeId: 'x' })
  expect(told().slice(2_002)).toEqual(['z'])
})
