import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { reasonSchema } from '../base/reading-schema.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { RestoreLook } from '../openclaw/restore/node-side.ts'
import { unitOf } from '../openclaw/service.ts'
import { type NodeSnapshot, nodeStateSchema } from '../openclaw/snapshot.ts'
import { type UpdateJournal, type UpdateSide, updateSide } from '../openclaw/update/node-side.ts'
import { programsOf, type UnitPrograms } from '../openclaw/update/unit-text.ts'
import { compareVersions, needsDoctor } from '../openclaw/versions.ts'
import { PROGRAMS } from '../provision/footprint.ts'
import { lookAtMachine, type MachineFacts } from '../provision/look.ts'
import { nodeFits } from '../provision/node-fit.ts'
import type { Context } from './context.ts'
import { lookAtState, readUnitLevel } from './look-at-state.ts'
import { lookReached } from './look-reached.ts'
import type { Call, Prepared } from './operation.ts'
import { type RunningWork, readRunningWork, runningWorkFields } from './running-work.ts'
import { hasAnswered, turnAgent } from './turn-check.ts'

/** How the plan of an update comes back from a file. */
export const updatePlanSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  state: nodeStateSchema,
  reason: reasonSchema.nullable(),
  ...runningWorkFields,
  drainSeconds: z.number(),
  from: z.string(),
  to: z.string(),
  /** Version of the Node.js that is there; null when it was not read. */
  nodeVersion: z.string().nullable(),
  /** It does not run the new OpenClaw: another one is brought. */
  bringsNode: z.boolean(),
  /** `openclaw doctor` migrates the state between the two versions. */
  doctor: z.boolean(),
  agents: z.number().nullable(),
  channels: z.number().nullable(),
  freeBytes: z.number(),
  neededBytes: z.number(),
  soakSeconds: z.number(),
  /** The gate has an agent answer once. */
  turn: z.boolean().default(false),
  /** An earlier update to this version did not end: this one goes on with it. */
  resumes: z.boolean(),
})
/** What update-node is about to do. Names are untrusted. */
export type UpdatePlan = z.infer<typeof updatePlanSchema>

/** What the plan was made from. */
export interface UpdateSeen {
  link: NodeLink
  side: UpdateSide
  snapshot: NodeSnapshot
  work: RunningWork
  unit: { name: string; level: 'user' }
  facts: MachineFacts
  look: RestoreLook
  /** The unit as it was before this update, or the one that it goes on with. */
  unitText: string
  programs: UnitPrograms
  journal: UpdateJournal | null
  /** Whether the model of the agent that is asked at the gate has answered before. */
  answered: boolean
}

/** Why an update is refused; see `update-problem.*` in the texts. */
export type UpdateProblem =
  | 'not-serving'
  | 'version-unread'
  | 'already'
  | 'older'
  | 'no-unit'
  | 'other-unit'
  | 'no-room'
  | 'room-unread'
  | 'wrong-machine'
  | 'other-update'
  | 'left-over'
  | 'no-node'
  | 'no-agents'
  | 'unsound'

const LOOK_MS = 60_000
/** Measured on 2026.9.6: 637 MB of OpenClaw and 124 MB of Node.js, with their archives' slack. */
const NEEDED_BYTES = 1_000_000_000

/** The error of an update that is not begun. Nothing was changed. */
export function refused(node: string, why: UpdateProblem, detail?: string): OperatorError {
  return new OperatorError('update-impossible', { node, why }, detail === undefined ? {} : { detail })
}

/** Looks at the node and refuses what cannot end well. Changes nothing. */
export async function planUpdate(
  context: Context,
  { to: asked, turn }: { to: string; turn: boolean },
  call: Call<never>,
): Promise<Prepared<UpdatePlan, UpdateSeen>> {
  const node = call.node()
  const { statusDeadlineMs: deadlineMs, drainDeadlineMs, updateSoakMs } = context.limits
  const bounds = { deadlineMs, signal: call.signal }
  const snapshot = await lookReached(context, node, call.signal)
  const link = context.nodes.link(node)
  const unit = loginUnit(snapshot, call)
  const side = updateSide(link, unit.name)
  const looks = { deadlineMs: LOOK_MS, signal: call.signal }
  const lies = await side.look(looks)
  const journal = journalFor(node.id, lies.journal, asked)
  // A unit of which the first half of an update is left is measured against the one from before.
  const unitText = lies.before ?? lies.unit
  const programs = unitText === null ? null : programsOf(unitText)
  if (unitText === null || programs === null) throw refused(node.id, 'other-unit')
  const from = journal?.from ?? snapshot.install.version.value
  if (from === null) throw refused(node.id, 'version-unread')
  if (journal === null) requireNewer(node.id, from, asked, snapshot)
  const facts = await lookAtMachine(link, node.gatewayPort, looks)
  const freeBytes = roomOf(node.id, facts, journal !== null)
  const request = { state: node.ocPath ?? '', places: [] }
  const noNode = () => refused(node.id, 'no-node')
  const look = await lookAtState(link, snapshot, request, { signal: call.signal, noNode })
  const work = await readRunningWork(context, link, snapshot, bounds)
  const nodeVersion = snapshot.install.nodeVersion.value
  const plan: UpdatePlan = {
    nodeId: node.id,
    nodeName: node.name,
    state: snapshot.state,
    reason: snapshot.reason,
    running: work.running,
    otherWork: work.otherWork,
    canDrain: work.canDrain,
    drainSeconds: Math.round(drainDeadlineMs / 1000),
    from,
    to: asked,
    nodeVersion,
    bringsNode: nodeVersion === null || !nodeFits(nodeVersion, asked),
    doctor: needsDoctor(from, asked),
    agents: journal === null ? (snapshot.agents.value?.length ?? null) : (journal.agents?.length ?? null),
    channels:
      journal === null ? (workingChannels(snapshot)?.length ?? null) : (journal.channels?.length ?? null),
    freeBytes,
    neededBytes: NEEDED_BYTES,
    soakSeconds: Math.round(updateSoakMs / 1000),
    turn,
    resumes: journal !== null,
  }
  const answered = hasAnswered(snapshot, turnAgent(snapshot))
  const nodeSeen = { link, side, snapshot, work, unit, facts, look, answered }
  return { plan, seen: { ...nodeSeen, unitText, programs, journal } }
}

/** What was confirmed still covers the world while the same becomes the same in the same way. */
export function sameUpdate(confirmed: UpdatePlan, now: UpdatePlan): boolean {
  const facts = ({ nodeId, from, to, bringsNode, doctor, resumes, turn }: UpdatePlan) =>
    JSON.stringify([nodeId, from, to, bringsNode, doctor, resumes, turn])
  return facts(confirmed) === facts(now)
}

/** The channels that work, as `id/account`; null when they were not read. */
export function workingChannels({ gateway }: NodeSnapshot): string[] | null {
  return (
    gateway.channels.value
      ?.filter(({ running, connected }) => connected ?? running)
      .map(({ id, account }) => `${id}/${account}`) ?? null
  )
}

/** Where the programs of a version lie that ocm brings. */
export function broughtOpenClaw(home: string, version: string): string {
  return `${home}/${PROGRAMS}/openclaw-${version}/lib/node_modules/openclaw`
}

function loginUnit(snapshot: NodeSnapshot, call: Call<never>): UpdateSeen['unit'] {
  const node = call.node()
  // ocm writes no unit of the machine, and without a unit nobody could say which program runs.
  if (readUnitLevel(node.id, snapshot) !== 'user') throw refused(node.id, 'no-unit')
  return { name: snapshot.service.unit.value ?? unitOf(node).name, level: 'user' }
}

function journalFor(node: string, journal: UpdateJournal | 'unreadable' | null, to: string) {
  if (journal === 'unreadable') throw refused(node, 'left-over')
  if (journal !== null && journal.to !== to)
    throw refused(node, 'other-update', `${journal.from} → ${journal.to}`)
  return journal
}

function requireNewer(node: string, from: string, to: string, snapshot: NodeSnapshot): void {
  const order = compareVersions(from, to)
  if (order === 0) throw refused(node, 'already')
  // An older OpenClaw does not read what a newer one wrote.
  if (order > 0) throw new OperatorError('update-impossible', { node, why: 'older', from, to })
  // Health can only be compared with health.
  if (snapshot.state !== 'serving') throw refused(node, 'not-serving')
  if (snapshot.agents.value === null) throw refused(node, 'no-agents')
}

function roomOf(node: string, { freeBytes, arch, glibc }: MachineFacts, resumes: boolean): number {
  if (arch === null || glibc === null) throw refused(node, 'wrong-machine')
  if (freeBytes === null) throw refused(node, 'room-unread')
  // What goes on with an earlier one has mostly brought it already.
  if (!resumes && freeBytes < NEEDED_BYTES) throw refused(node, 'no-room', `${NEEDED_BYTES} > ${freeBytes}`)
  return freeBytes
}
