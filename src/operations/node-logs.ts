import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { followJournalCommand } from '../openclaw/logs.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { unitLevel } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { lineCleaner, readLog } from './log-tail.ts'
import { lookReached } from './look-reached.ts'
import { type Call, defineOperation } from './operation.ts'

/** node-logs. Lines are redacted and untrusted. */
export interface NodeLogs {
  nodeId: string
  lines: string[]
  source: 'journal' | 'gateway' | 'file'
  /** How many values were replaced by ***. */
  redactions: number
  followed: boolean
  endedBy: 'lines' | 'time' | 'stopped' | 'closed' | 'lost'
}

/** More than this of a live log is noise to a person and a load to a chat. */
const FOLLOW_LINES_MAX = 2_000

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  lines: z.int().min(1).max(1_000).default(100),
  /** Goes on with the live log for this long; 0 ends with what is there. */
  followSeconds: z.int().min(0).max(300).default(0),
})

type Input = z.infer<typeof inputSchema>

/** The end of a gateway's log with its secrets replaced, and on request its growth for a limited time. */
export const nodeLogs = defineOperation<Input, NodeLogs, { lines: string[] }>({
  name: 'node-logs',
  access: 'operator',
  effect: 'read',
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const node = call.node()
    const link = context.nodes.link(node)
    const snapshot = await lookReached(context, node, call.signal)
    if (input.followSeconds > 0 && unitLevel(snapshot.service) !== null)
      return follow(context, link, snapshot, input, call)
    const log = await readLog(context, link, snapshot, input.lines, call.signal)
    // Without a journal there is nothing to follow: the answer says that it ended with the lines.
    return { outcome: 'done', data: { nodeId: node.id, ...log, followed: false, endedBy: 'lines' } }
  },
})

async function follow(
  context: Context,
  link: NodeLink,
  snapshot: NodeSnapshot,
  input: Input,
  call: Call<{ lines: string[] }>,
): Promise<{ outcome: 'done' | 'partial'; data: NodeLogs }> {
  const unit = snapshot.service.unit.value ?? 'openclaw-gateway.service'
  const level = unitLevel(snapshot.service) ?? 'user'
  const deadlineMs = input.followSeconds * 1_000
  const started = context.clock.monotonic()
  const kept: string[] = []
  let redactions = 0
  const end = (endedBy: NodeLogs['endedBy'], outcome: 'done' | 'partial') => ({
    outcome,
    data: {
      nodeId: link.nodeId,
      lines: kept,
      source: 'journal' as const,
      redactions,
      followed: true,
      endedBy,
    },
  })
  const clean = lineCleaner(context, 'journal')
  const stop = new AbortController()
  const signal = AbortSignal.any([call.signal, stop.signal])
  try {
    for await (const raw of link.lines(followJournalCommand(unit, input.lines, level), {
      deadlineMs,
      signal,
    })) {
      const line = clean(raw)
      kept.push(...line.lines)
      redactions += line.redactions
      call.progress({ lines: line.lines })
      if (kept.length >= input.lines + FOLLOW_LINES_MAX) {
        stop.abort()
        return end('lines', 'done')
      }
    }
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'connection-lost') return end('lost', 'partial')
    throw error
  }
  if (call.signal.aborted) return end('stopped', 'done')
  return end(context.clock.monotonic() - started >= deadlineMs - 50 ? 'time' : 'closed', 'done')
}
