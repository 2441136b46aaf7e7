import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NodeRow } from '../../src/operations/node-row.ts'
import type { Undo } from './faults.ts'
import { all, type Fleet } from './fleet.ts'
import { openProduct, type Product, type SeenRow } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'
import { gatewayRows, machineRows, placeRows, type Row, secondOf } from './truth-rows.ts'
import { type Measured, printTable, writeTable } from './truth-table.ts'

const SETTLE_MS = 120_000
const BACK_MS = 90_000
/** For a machine that does other work as well; an idle one needs a tenth of it. */
const MARGIN_MS = 1_500

let fleet: Fleet
let product: Product
/** For each node the way back to what it was before the first row. */
const restores = new Map<string, () => Promise<void>>()
const measured: Measured[] = []

beforeAll(async () => {
  fleet = await sharedFleet()
  for (const node of fleet.nodes) restores.set(node.name, await node.checkpoint())
  product = await openProduct(fleet)
})

afterAll(async () => {
  await product?.close()
  printTable(measured)
  await writeTable(measured)
})

/** The nodes that a row is about, those that exist only while it lasts included. */
function namesOf({ nodes, second }: Row): string[] {
  return [...nodes, ...(second ? nodes.map(secondOf) : [])]
}

function matches({ nodes, truth, second, also }: Row, row: NodeRow): boolean {
  const { state, reason } = nodes.includes(row.id) || !second ? truth : second
  const codes = [reason].flat()
  return row.state === state && codes.includes(row.reason?.code ?? null) && also?.(row) !== null
}

function said(row: NodeRow): string {
  return row.reason ? `${row.state} (${row.reason.code})` : row.state
}

/** Lists until a node's row says that it serves: the product has noticed that all is well again. */
async function untilServing(names: readonly string[]): Promise<number> {
  const started = performance.now()
  for (;;) {
    const rows = await product.list()
    const bad = names.filter((name) => rows.get(name)?.row.state !== 'serving')
    if (bad.length === 0) return performance.now() - started
    if (performance.now() - started > BACK_MS)
      throw new Error(`never back: ${bad.map((name) => `${name} ${JSON.stringify(rows.get(name)?.row)}`)}`)
    await new Promise((wake) => setTimeout(wake, 500))
  }
}

/** One list while something is wrong: what it shows of whom, and that nobody else waits for it. */
async function look(row: Row): Promise<{ mine: SeenRow[]; othersMs: number }> {
  const { listDeadlineMs } = product.context.limits
  const seen = await product.list()
  const names = namesOf(row)
  const expected = new Set([...fleet.nodes.map(({ name }) => name), ...names])
  expect([...seen.keys()].sort()).toEqual([...expected].sort())
  const mine = names.map((name) => seen.get(name) as SeenRow)
  const others = [...seen].filter(([name]) => !names.includes(name))
  const othersMs = Math.max(...others.map(([, { afterMs }]) => afterMs))
  for (const { row: shown, afterMs } of mine)
    expect(afterMs, said(shown)).toBeLessThan(listDeadlineMs + MARGIN_MS)
  for (const [name, { row: shown }] of others)
    expect(said(shown), name).toBe(name === 'dune' ? 'service-down (openclaw-not-installed)' : 'serving')
  expect(othersMs).toBeLessThan(listDeadlineMs)
  return { mine, othersMs }
}

/**
 * Takes a fault back. Each undo sees for itself that the node is as it was; where one does not, the node is started anew
 * from what it was before the first row, so that no row is about the fault of another.
 */
async function takeBack(row: Row, undos: readonly Undo[]): Promise<unknown[]> {
  const ends = await Promise.allSettled(undos.map((undo) => undo()))
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  if (failures.length > 0 || undos.length < row.nodes.length)
    await all(row.nodes.map(async (name) => restores.get(name)?.()))
  return failures
}

/** Lets the product connect anew to the nodes of a row, and believe nothing that it knew of them. */
async function forget(row: Row): Promise<void> {
  for (const name of row.nodes) await product.context.nodes.forget(name)
}

async function check(row: Row): Promise<void> {
  await untilServing(row.nodes)
  if (row.unconnected) await forget(row)
  const undos: Undo[] = []
  const failures: unknown[] = []
  try {
    await all(row.nodes.map(async (name) => undos.push(await row.begin(fleet.node(name), product))))
    await watch(row)
  } catch (error) {
    failures.push(error)
  }
  failures.push(...(await takeBack(row, undos)))
  // After a refusal an address is left alone for minutes; the test does not wait for that.
  const isLeftAlone = row.truth.reason === 'host-key-changed' || row.truth.reason === 'kex-unsupported'
  if (isLeftAlone || failures.length > 0) await forget(row)
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
  if (failures.length === 1) throw failures[0]
  await untilServing(row.nodes)
}

/** Lists until the truth is shown, and once more. */
async function watch(row: Row): Promise<void> {
  const began = performance.now()
  const first = await look(row)
  const trueAfter: (number | undefined)[] = first.mine.map(() => undefined)
  let othersMs = first.othersMs
  let shown = first.mine
  for (;;) {
    shown.forEach((seen, index) => {
      if (matches(row, seen.row)) trueAfter[index] ??= performance.now() - began
      else if (!row.meanwhile?.(seen.row))
        expect.fail(`${seen.row.id} is shown as ${said(seen.row)}: ${JSON.stringify(seen.row.reason)}`)
    })
    if (trueAfter.every((ms) => ms !== undefined)) break
    if (performance.now() - began > SETTLE_MS)
      expect.fail(`shown to the end: ${shown.map(({ row: last }) => `${last.id} ${said(last)}`)}`)
    await new Promise((wake) => setTimeout(wake, 500))
    const next = await look(row)
    shown = next.mine
    othersMs = Math.max(othersMs, next.othersMs)
  }
  // A fault that lasts has to be shown again, not only when it is new.
  const again = await look(row)
  again.mine.forEach((seen, index) => {
    expect(matches(row, seen.row), `again: ${seen.row.id} ${said(seen.row)}`).toBe(true)
    const isSecond = !row.nodes.includes(seen.row.id)
    const { gateway } = fleet.node(row.nodes[index % row.nodes.length] ?? '')
    measured.push({
      fault: `${row.fault}${isSecond ? ': the second' : ''}`,
      openclaw: gateway?.version ?? '-',
      state: seen.row.state,
      reason: shown[index]?.row.reason?.code ?? null,
      also: row.also?.(seen.row) ?? null,
      firstMs: first.mine[index]?.afterMs ?? 0,
      trueMs: row.meanwhile ? (trueAfter[index] ?? 0) : null,
      againMs: seen.afterMs,
      othersMs: Math.max(othersMs, again.othersMs),
    })
  })
}

describe('the truth about a fleet', () => {
  test('healthy: every gateway serves, and a machine that never had one says so', async () => {
    // The first questions of all are slow to answer for a gateway that has just started.
    await untilServing(['atlas', 'boreas', 'cirrus'])
    for (const unconnected of [true, false]) {
      if (unconnected) for (const { name } of fleet.nodes) await product.context.nodes.forget(name)
      const seen = await product.list()
      for (const [name, { row, afterMs }] of seen) {
        const { gateway } = fleet.node(name)
        expect(said(row), name).toBe(gateway ? 'serving' : 'service-down (openclaw-not-installed)')
        if (gateway) expect(row.version.value).toBe(gateway.version)
        const others = [...seen].filter(([other]) => other !== name).map(([, other]) => other.afterMs)
        measured.push({
          fault: `none${unconnected ? ', not connected yet' : ''}${gateway ? '' : '; a machine without OpenClaw'}`,
          openclaw: gateway?.version ?? '-',
          state: row.state,
          reason: row.reason?.code ?? null,
          also: null,
          firstMs: afterMs,
          trueMs: null,
          againMs: null,
          othersMs: Math.max(...others),
        })
      }
    }
  })

  test.each(gatewayRows)('$fault', check)
  test.each(placeRows)('$fault', check)
  test.each(machineRows)('$fault', check)

  test('no error of our own was logged on the way', () => {
    expect(product.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})
