import { z } from 'zod'
import { recordAt } from '../../registry/record-at.ts'
import { type NodeRecord, tagSchema } from '../../registry/schema.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeSnapshot, NodeState } from '../openclaw/snapshot.ts'
import { mayUse } from './access.ts'
import type { Context } from './context.ts'
import { judgementOf } from './judgement.ts'
import type { NodeRow, RowAround } from './node-row.ts'
import { rememberedRowOf, rowOf, worstFirst } from './node-row.ts'
import { openIncidents } from './open-incidents.ts'
import { type Call, defineOperation } from './operation.ts'
import { readFleet } from './read-fleet.ts'

/** list-nodes: rows worst first. As progress, the same shape with some rows still pending. */
export interface NodeList {
  rows: NodeRow[]
  /** Nodes hidden by the filter or by the reader's permissions. */
  hidden: number
  counts: Record<NodeState, number>
  retired: number
  maintenance: number
  pending: number
  filter: { tags: readonly string[]; state: string | null }
  /** Registered nodes in all; 0 asks for a first step instead of an empty table. */
  total: number
}

const STATES = [
  'serving',
  'not-serving',
  'service-down',
  'unreachable',
  'unknown',
] as const satisfies NodeState[]

const inputSchema = z.strictObject({
  /** A node must carry all of them. */
  tags: z.array(tagSchema).max(8).default([]),
  /** A live state, or the state of the record; retired nodes are only listed when asked for. */
  state: z
    .enum([...STATES, 'retired', 'maintenance'])
    .nullable()
    .default(null),
  /** False answers from memory alone. */
  live: z.boolean().default(true),
})

/**
 * Every node the actor may see: at once from the last snapshots, each with its age, then live. A node that hangs is
 * given up at its own deadline and costs the others nothing.
 */
export const listNodes = defineOperation<z.infer<typeof inputSchema>, NodeList, NodeList>({
  name: 'list-nodes',
  access: 'viewer',
  effect: 'read',
  input: inputSchema,
  nodeOf: () => null,
  async run(context, input, call) {
    await context.backups.book.prepare()
    // Part of a large fleet may be little of what lies between the first and the last of it.
    if (!input.live && input.tags.length === 0)
      await context.histories.prepare(context.registry.list().map(({ id }) => id))
    const table = openTable(context, input, call)
    if (!input.live) return { outcome: 'done', data: table.list() }
    call.progress(table.list())
    await readFleet(context, call, table.toRead, {
      effort: { kind: 'list', deadlineMs: context.limits.listDeadlineMs },
      seen: (node, snapshot) =>
        table.settle(node.id, rowOf(node, snapshot, 'live', aroundOf(context, node, snapshot, false))),
      givenUp: (node) => table.giveUp(node),
      report: () => call.progress(table.list()),
    })
    const list = table.list()
    return { outcome: call.signal.aborted ? 'partial' : 'done', data: list }
  },
})

interface Table {
  toRead: NodeRecord[]
  settle(id: string, row: NodeRow): void
  /** Leaves a node at what is remembered of it. */
  giveUp(node: NodeRecord): void
  list(): NodeList
}

function openTable(context: Context, input: z.infer<typeof inputSchema>, call: Call<NodeList>): Table {
  const now = context.clock.now()
  const visible = context.registry
    .list()
    .filter((node) => mayUse(call.actor, 'viewer', node))
    .map((node) => recordAt(node, now))
  const tagged = visible.filter((node) => input.tags.every((tag) => node.tags.includes(tag)))
  const wanted = tagged.filter((node) => (node.state === 'retired') === (input.state === 'retired'))
  // What was silent at the last look waits behind what answered: a thousand time-outs must not stand before a row.
  const wasSilent = ({ id }: NodeRecord) => {
    const last = context.snapshots.get(id)
    return Number(last !== undefined && isUnread(last))
  }
  const toRead = wanted
    .filter((node) => node.state !== 'retired')
    .sort((one, other) => wasSilent(one) - wasSilent(other))
  const retired = countState(visible, 'retired')
  const maintenance = countState(visible, 'maintenance')
  const rows = new Map<string, NodeRow>()
  for (const node of wanted) {
    const pending = input.live && node.state !== 'retired'
    rows.set(node.id, rememberedRow(context, node, { now, pending }))
  }
  return {
    toRead,
    settle: (id, row) => rows.set(id, row),
    giveUp: (node) =>
      rows.set(node.id, rememberedRow(context, node, { now: context.clock.now(), pending: false })),
    list() {
      const shown: NodeRow[] = []
      const counts: Record<NodeState, number> = {
        serving: 0,
        'not-serving': 0,
        'service-down': 0,
        unreachable: 0,
        unknown: 0,
      }
      let pending = 0
      for (const row of rows.values()) {
        if (!matches(row, input.state)) continue
        shown.push(row)
        counts[row.state] += 1
        if (row.pending) pending += 1
      }
      return {
        rows: shown.sort(worstFirst),
        hidden: visible.length - shown.length,
        counts,
        retired,
        maintenance,
        pending,
        filter: { tags: input.tags, state: input.state },
        total: visible.length,
      }
    },
  }
}

function countState(nodes: readonly NodeRecord[], state: NodeRecord['state']): number {
  return nodes.reduce((count, node) => (node.state === state ? count + 1 : count), 0)
}

function matches(row: NodeRow, state: z.infer<typeof inputSchema>['state']): boolean {
  if (state === null || state === 'retired') return true
  return state === 'maintenance' ? row.recordState === 'maintenance' : row.state === state
}

/** The row of a node from memory; the same object as the last time when nothing is different and it was read once. */
export function rememberedRow(
  context: Context,
  node: NodeRecord,
  { now, pending }: { now: number; pending: boolean },
): NodeRow {
  const snapshot = context.snapshots.get(node.id)
  const freshForMs = context.limits.refreshIntervalMs
  return rememberedRowOf(node, snapshot, { now, freshForMs, ...aroundOf(context, node, snapshot, pending) })
}

function aroundOf(
  context: Context,
  node: NodeRecord,
  snapshot: NodeSnapshot | undefined,
  pending: boolean,
): RowAround {
  return {
    judgement: snapshot === undefined ? null : judgementOf(context, node, snapshot),
    incidents: openIncidents(context.incidents.state()).ofNode(node.id),
    backup: context.backups.book.standing(node.id).proven,
    pending,
  }
}
