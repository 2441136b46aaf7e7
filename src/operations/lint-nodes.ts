import pLimit from 'p-limit'
import { z } from 'zod'
import { type NodeRecord, nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import { type LintLook, lookToLint } from '../openclaw/lint-look.ts'
import { isUnread } from '../openclaw/node-state.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { unitOf } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { fleetInput } from './fleet-plan.ts'
import { type Finding, findingsOf } from './lint-rules.ts'
import { type Call, defineOperation } from './operation.ts'
import { taggedNodes } from './tagged-nodes.ts'

/** What was found on one node. */
export interface LintRow {
  id: string
  name: string
  findings: Finding[]
  /** What could not be looked at, and why. */
  unread: { what: 'files' | 'config' | 'includes' | 'linger' | 'clock'; reason: Reason }[]
}

/** What was found on a node, and what it was found in; no look where its files could not be read. */
export interface LintedNode {
  row: LintRow
  snapshot: NodeSnapshot
  look: LintLook | null
}

/** lint-nodes: nodes by id. */
export interface LintList {
  node: string | null
  tags: readonly string[]
  rows: LintRow[]
}

const inputSchema = z.strictObject({
  /** One node; null for every one with the tags. */
  node: nodeIdSchema.nullable().default(null),
  ...fleetInput,
})

const AT_ONCE = 8

/**
 * Looks for what is set up so that it does not do what it seems to, or stands open: settings that nothing reads, files that
 * others may read, placeholders for secrets, a service that ends with the last login, a wrong clock. Changes nothing.
 */
export const lintNodes = defineOperation<z.infer<typeof inputSchema>, LintList>({
  name: 'lint-nodes',
  access: 'operator',
  effect: 'read',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: ({ node }) => node,
  // Who looks after a part of the fleet sees that part.
  tagsOf: () => null,
  async run(context, { node, tags }, call) {
    const limit = pLimit(AT_ONCE)
    const wanted = node === null ? taggedNodes(context, call.actor, 'operator', tags) : [call.node()]
    const rows = await Promise.all(
      wanted.map((one) => limit(async () => (await lintNode(context, one, call)).row)),
    )
    const blind = rows.filter(({ unread }) => unread.length > 0).length
    const outcome = blind === 0 ? 'done' : blind === rows.length ? 'unknown' : 'partial'
    return { outcome, data: { node, tags, rows } }
  },
})

/** Looks at one node: what was found, and what it was found in. Never rejects for a sick node. */
export async function lintNode(
  context: Context,
  node: NodeRecord,
  { signal }: Pick<Call<never>, 'signal'>,
): Promise<LintedNode> {
  const { id, name } = node
  const { statusDeadlineMs: deadlineMs } = context.limits
  // Nothing from memory: whoever has mended something looks whether it is mended.
  const snapshot = await observeNode(context, node, { kind: 'asked', deadlineMs, signal })
  const unread: LintRow['unread'] = []
  if (isUnread(snapshot)) {
    const reason = snapshot.reason ?? { code: 'not-reported' }
    return { row: { id, name, findings: [], unread: [{ what: 'files', reason }] }, snapshot, look: null }
  }
  const { linger } = snapshot.service
  const { clockSkewMs } = snapshot.host
  if (linger.value === null && snapshot.service.kind.value === 'systemd-user')
    unread.push({ what: 'linger', reason: linger.reason })
  if (clockSkewMs.value === null) unread.push({ what: 'clock', reason: clockSkewMs.reason })
  const look = await lookToLint(
    context.nodes.link(node),
    { state: node.ocPath, unit: unitOf(node) },
    { deadlineMs, signal },
  ).catch((error: unknown) => {
    if (signal.aborted || !(error instanceof OperatorError)) throw error
    unread.push({ what: 'files', reason: reasonOfError(error) })
    return null
  })
  if (look !== null && look.config === null)
    unread.push({ what: 'config', reason: { code: 'config-invalid' } })
  if (look?.includes) unread.push({ what: 'includes', reason: { code: 'not-supported' } })
  return { row: { id, name, findings: findingsOf(node, snapshot, look), unread }, snapshot, look }
}
