import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { compactionPoint } from '../monitor/rules/compaction-point.ts'
import { thresholdsFor } from '../monitor/thresholds.ts'
import {
  type CapChange,
  type CapTarget,
  type ConfigView,
  capChange,
  patchConfig,
  readConfig,
} from '../openclaw/methods/config.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { Context } from './context.ts'
import { findSession } from './find-session.ts'
import { definePlanned } from './operation.ts'
import type { SessionStep } from './session-plan.ts'
import { sessionInputSchema } from './session-plan.ts'

const planSchema = z.strictObject({
  nodeId: z.string(),
  /** Where in openclaw.json. */
  path: z.string(),
  before: z.number().nullable(),
  after: z.number(),
  window: z.number(),
  reserve: z.number(),
  /** Where OpenClaw will then compact, tokens. */
  compactsAt: z.number(),
  model: z.string(),
})
/** prevent-overflow: the lasting remedy in the node's configuration. */
export type PreventPlan = z.infer<typeof planSchema>

export interface PreventResult extends PreventPlan {
  /** The value that the node now has, read back. */
  verified: number | null
  needsRestart: boolean
}

/** A gateway that begins anew is back by then, also on a busy machine. */
const READ_BACK_MS = 60_000
const READ_BACK_PAUSE_MS = 1_000

/** What the plan was made from; the hash refuses a configuration that was changed since. */
interface Seen {
  link: NodeLink
  target: CapTarget
  change: CapChange
  gateway: { version: string | null; protocol: 3 | 4 }
  hash: string
}

/**
 * The lasting remedy: a cap in the node's configuration that makes OpenClaw compact before the session's critical level,
 * and so before the point where the provider refuses. Applied with the hash that was read, and read back.
 */
export const preventOverflow = definePlanned<
  z.infer<typeof sessionInputSchema>,
  PreventResult,
  SessionStep,
  PreventPlan,
  Seen
>({
  name: 'prevent-overflow',
  access: 'admin',
  effect: 'change',
  input: sessionInputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: (input) => input.session },
  planSchema,
  async prepare(context, input, call) {
    const node = call.node()
    const { link, snapshot, session } = await findSession(context, node, input.session, call.signal)
    const model = session.model ?? '?'
    const { reserve } = session.context
    const window = session.context.window.value
    const rules = { nodeId: node.id, tags: node.tags, agentId: session.agentId }
    const { contextCritical } = thresholdsFor(context.rules.value(), rules)
    const compactsAt = window === null ? null : compactionPoint(window - reserve, contextCritical)
    if (window === null || compactsAt === null) throw new OperatorError('no-remedy', { node: node.id, model })
    const target = { provider: session.modelProvider, model: session.model, window, compactsAt }
    const config = await readConfig(link)
    const { protocol } = await link.hello({
      deadlineMs: context.limits.statusDeadlineMs,
      signal: call.signal,
    })
    const gateway = { version: snapshot.install.version.value, protocol }
    const change = capChange(config, target, gateway)
    if (change === null) throw new OperatorError('no-remedy', { node: node.id, model })
    const { path, before, after } = change
    return {
      plan: { nodeId: node.id, path, before, after, window, reserve, compactsAt: change.compactsAt, model },
      seen: { link, target, change, gateway, hash: config.hash },
    }
  },
  async run(context, _input, call, { plan, seen: { link, target, change, gateway, hash } }) {
    call.progress({ step: 'acting' })
    const said = await patchConfig(link, { patch: change.patch, baseHash: hash })
    call.progress({ step: 'verifying' })
    const config = await readBack(context, link)
    const verified = config === null ? null : (capChange(config, target, gateway)?.before ?? null)
    const sure = said.answered && config !== null
    return {
      outcome: verified === plan.after ? 'done' : sure ? 'failed' : 'unknown',
      data: { ...plan, verified, needsRestart: said.answered && said.answer.needsRestart },
    }
  },
})

/** Early versions start anew with a changed configuration, and a busy gateway is late: it is asked until it answers. */
async function readBack(context: Context, link: NodeLink): Promise<ConfigView | null> {
  const started = context.clock.monotonic()
  for (;;) {
    try {
      return await readConfig(link)
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
      if (context.clock.monotonic() - started >= READ_BACK_MS) return null
      await context.clock.sleep(READ_BACK_PAUSE_MS)
    }
  }
}
