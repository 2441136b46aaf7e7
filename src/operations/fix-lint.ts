import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import {
  closeToOthers,
  enableLinger,
  lingerCommand,
  type MEND_FAULTS,
  type Mended,
} from '../openclaw/lint-mend.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import type { Context } from './context.ts'
import { type ConfigEnd, changeSettings, patchFor } from './fix-settings.ts'
import { type LintedNode, lintNode } from './lint-nodes.ts'
import { type Finding, LINT_CODES } from './lint-rules.ts'
import { type Call, definePlanned, type Outcome, type Prepared } from './operation.ts'

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** Keys of findings, or codes for all of a kind; all that ocm can mend without any. */
  only: z
    .array(z.string().regex(/^[a-z0-9-]{1,32}$/))
    .max(50)
    .default([]),
})
type Input = z.infer<typeof inputSchema>

const findingFields = {
  key: z.string(),
  code: z.enum(LINT_CODES),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
}
const changeSchema = z.strictObject({
  ...findingFields,
  /** What is done, literally. */
  command: z.string(),
})
/** One finding that is about to be mended. */
export type PlannedFix = z.infer<typeof changeSchema>

const leftSchema = z.strictObject({
  ...findingFields,
  /** `not-serving`: a setting is changed by the gateway, which does not serve. */
  why: z.enum(['root', 'person', 'not-serving']),
  fix: z.string().nullable(),
})
/** One finding that ocm leaves to somebody. */
export type LeftFinding = z.infer<typeof leftSchema>

const planSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  fixes: z.array(changeSchema),
  left: z.array(leftSchema),
  /** A setting of the gateway itself is among them: OpenClaw may start its gateway anew for it. */
  mayRestart: z.boolean(),
})
export type FixPlan = z.infer<typeof planSchema>

export type FixStep =
  | { step: 'closing-files' | 'enabling-linger' | 'changing-settings' | 'awaiting-gateway' }
  | { step: 'taking-settings-back' | 'looking-again' }

/** How one finding ended. */
export interface FixedPart extends PlannedFix {
  state: 'done' | 'failed' | 'unknown'
  /** Why the node did not let it be done. */
  why: (typeof MEND_FAULTS)[number] | null
  /** What the node said; untrusted. */
  detail: string | null
  /** Why it could not be asked of the node, or what the gateway said. */
  reason: Reason | null
}

/** fix-lint. */
export interface FixResult {
  nodeId: string
  parts: FixedPart[]
  left: LeftFinding[]
  /** The gateway says that only a restart brings a setting into force. */
  needsRestart: boolean
  /** What became of the settings where the gateway did not come back with them. */
  takenBack: ConfigEnd['takenBack']
  logTail: string[]
}

/** What a node may be made to do in one run; the rest is there in the next. */
const MOST_FIXES = 50
const COMMAND_MS = 20_000

/**
 * Mends what {@link lintNode} found and what can be mended without knowing what somebody meant: permissions, lingering, and
 * settings that nothing reads. Each is done only when a new look no longer finds it.
 */
export const fixLint = definePlanned<Input, FixResult, FixStep, FixPlan>({
  name: 'fix-lint',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: ({ node }) => node,
  acts: { sessionOf: () => null },
  planSchema,
  prepare: planFixes,
  // What was mended meanwhile need not be mended any more.
  holds: (confirmed, now) =>
    now.fixes.every(({ key, command }) =>
      confirmed.fixes.some((one) => one.key === key && one.command === command),
    ),
  async run(context, _input, call, { plan }) {
    const node = call.node()
    const link = context.nodes.link(node)
    const limits = { deadlineMs: COMMAND_MS }
    const told = new Map<string, Told>()
    const attempt = async (key: string, work: () => Promise<Mended>) => {
      told.set(key, await work().then((said) => cleaned(context, said), asReason))
    }
    const files = plan.fixes.filter(({ code }) => code === 'open-file' || code === 'open-folder')
    if (files.length > 0) call.progress({ step: 'closing-files' })
    for (const { key, code, params } of files) {
      const place = { state: node.ocPath, path: String(params.path), folder: code === 'open-folder' }
      await attempt(key, () => closeToOthers(link, place, limits))
    }
    const linger = plan.fixes.find(({ code }) => code === 'linger-off')
    if (linger) {
      call.progress({ step: 'enabling-linger' })
      await attempt(linger.key, () => enableLinger(link, node.sshUser, limits))
    }
    const settings = plan.fixes.filter((one) => patchFor(one) !== null)
    const ended =
      settings.length === 0 ? null : await changeSettings(context, link, settings, call).catch(asReason)
    const changed = ended !== null && 'sure' in ended ? ended : null
    for (const { key } of settings) told.set(key, { ...NOTHING, reason: ended?.reason ?? null })
    call.progress({ step: 'looking-again' })
    const again = await lintNode(context, node, { signal: new AbortController().signal })
    const parts = plan.fixes.map((fix): FixedPart => {
      const unsure = patchFor(fix) !== null && changed?.sure === false
      const state = unsure ? 'unknown' : stateOf(fix, again)
      const said = told.get(fix.key) ?? NOTHING
      if (state === 'done') return { ...fix, state, ...NOTHING }
      const unread = state === 'unknown' ? (again.row.unread[0]?.reason ?? null) : null
      return { ...fix, state, ...said, reason: said.reason ?? unread }
    })
    const { needsRestart = false, takenBack = null, logTail = [] } = changed ?? {}
    const data = { nodeId: node.id, parts, left: plan.left, needsRestart, takenBack, logTail }
    return { outcome: outcomeOf(parts), data }
  },
})

type Told = Pick<FixedPart, 'why' | 'detail' | 'reason'>

const NOTHING: Told = { why: null, detail: null, reason: null }

/** Whether another look still finds it. What that look did not read, or not what it is judged by, is not known. */
function stateOf(fix: PlannedFix, { row, snapshot, look }: LintedNode): FixedPart['state'] {
  if (row.findings.some(({ key }) => key === fix.key)) return 'failed'
  switch (fix.code) {
    case 'linger-off':
      return snapshot.service.linger.value === true ? 'done' : 'unknown'
    case 'setting-retired':
      return look?.config != null && snapshot.install.version.value !== null ? 'done' : 'unknown'
    case 'port-ignored':
      return look?.config != null && look.unitPort !== null ? 'done' : 'unknown'
    case 'bind-unset':
      return look?.config != null ? 'done' : 'unknown'
    default:
      return look === null ? 'unknown' : 'done'
  }
}

/** @throws OperatorError node-unreachable, nothing-to-fix */
async function planFixes(
  context: Context,
  { node: nodeId, only }: Input,
  call: Call<never>,
): Promise<Prepared<FixPlan, null>> {
  const node = call.node()
  const { row, snapshot, look } = await lintNode(context, node, call)
  if (look === null)
    throw new OperatorError('node-unreachable', {
      node: nodeId,
      reason: row.unread[0]?.reason.code ?? 'not-reported',
    })
  const meant = row.findings.filter(
    ({ key, code }) => only.length === 0 || only.includes(key) || only.includes(code),
  )
  const serving = snapshot.state === 'serving'
  const fixes: PlannedFix[] = []
  const left: LeftFinding[] = []
  for (const one of meant) {
    const { key, code, params, by, fix } = one
    const why = by === 'ocm' ? (patchFor(one) !== null && !serving ? 'not-serving' : null) : by
    if (why !== null) left.push({ key, code, params, why, fix })
    else if (fixes.length < MOST_FIXES)
      fixes.push({ key, code, params, command: commandOf(one, node.sshUser) })
  }
  if (fixes.length === 0)
    throw new OperatorError('nothing-to-fix', {
      node: nodeId,
      ...(left.length > 0 ? { left: left.length } : {}),
    })
  const mayRestart = fixes.some(({ code }) => code === 'port-ignored' || code === 'bind-unset')
  return { plan: { nodeId: node.id, nodeName: node.name, fixes, left, mayRestart }, seen: null }
}

/** What is done for a finding, as it is shown. */
function commandOf(finding: Finding, user: string): string {
  if (finding.code === 'linger-off') return lingerCommand(user).shellText
  const patch = patchFor(finding)
  return patch === null ? (finding.fix ?? '') : `config.patch ${JSON.stringify(patch)}`
}

function asReason(error: unknown): Told {
  if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
  return { ...NOTHING, reason: reasonOfError(error) }
}

/** What a node said may hold a secret. */
function cleaned(context: Context, said: Mended): Told {
  if (said === null) return NOTHING
  return { ...NOTHING, why: said.why, detail: context.redact(said.detail).text || null }
}

function outcomeOf(parts: readonly FixedPart[]): Outcome {
  const some = (state: FixedPart['state']) => parts.some((part) => part.state === state)
  if (parts.every(({ state }) => state === 'done')) return 'done'
  if (some('done')) return 'partial'
  return some('unknown') ? 'unknown' : 'failed'
}
