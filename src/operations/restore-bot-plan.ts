import { z } from 'zod'
import type { Manifest } from '../backup/manifest.ts'
import { OperatorError } from '../base/errors.ts'
import { mapReading } from '../base/reading.ts'
import { readingSchema, reasonSchema } from '../base/reading-schema.ts'
import { workspacesOf } from '../openclaw/agent-config.ts'
import { bindingsLacking, entryOf, workspaceIn } from '../openclaw/agent-entry.ts'
import { listAgents } from '../openclaw/methods/agents.ts'
import { readConfig } from '../openclaw/methods/config.ts'
import { type CronJob, listCronJobs } from '../openclaw/methods/cron.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { RestoreLook } from '../openclaw/restore/node-side.ts'
import { type NodeSnapshot, nodeStateSchema } from '../openclaw/snapshot.ts'
import { compareVersions } from '../openclaw/versions.ts'
import { isShared, lookAtWorkspace, workspaceProblem } from '../openclaw/workspace-look.ts'
import { type AgentExport, readExports } from './agent-export.ts'
import { backupOf, contentOf } from './bot-in-backup.ts'
import { botPlaces, folderElsewhere } from './bot-places.ts'
import type { Context } from './context.ts'
import { jobsLacking } from './cron-jobs.ts'
import { lookAtState } from './look-at-state.ts'
import { lookReached } from './look-reached.ts'
import type { Call, Prepared } from './operation.ts'
import { controlledUnit, type RestoreSeen, refuse, roomFor, schemasOf } from './restore-plan.ts'
import { impossible } from './restore-refusal.ts'
import { type RunningWork, readRunningWork, runningWorkFields } from './running-work.ts'

/** How the plan of restoring an agent comes back from a file. */
export const restoreBotPlanSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  botId: z.string(),
  /** Whether the node has it now: it is replaced then, and made anew otherwise. */
  isThere: z.boolean(),
  state: nodeStateSchema,
  reason: reasonSchema.nullable(),
  ...runningWorkFields,
  drainSeconds: z.number(),
  backup: z.string(),
  takenAt: z.number(),
  verifiedAt: z.number().nullable(),
  /** Whether it is taken out of a backup of the whole node. */
  fromWhole: z.boolean(),
  files: z.number(),
  bytes: z.number(),
  /** Its conversations in the backup, and those that it has now. Null where the backup does not tell. */
  sessions: z.number().nullable(),
  sessionsNow: readingSchema(z.number()),
  replaced: z.array(z.strictObject({ path: z.string(), present: z.boolean(), bytes: z.number() })),
  openclaw: z.strictObject({ backup: z.string().nullable(), node: z.string().nullable() }),
  freeBytes: z.number(),
  neededBytes: z.number(),
  /** Whether the backup tells settings, channels and jobs. */
  told: z.boolean(),
  /** Channels that are bound to it again, and those that are somebody else's now and stay that. */
  bindings: z.array(z.string()),
  bindingsTaken: z.array(z.string()),
  /** Jobs that are made again; null where the backup or the node does not tell. */
  jobs: z.number().nullable(),
  leftovers: z.array(
    z.strictObject({ folder: z.string(), told: z.enum(['untouched', 'between', 'swapped', 'lost']) }),
  ),
})
/** What restore-bot is about to do. Names are untrusted. */
export type RestoreBotPlan = z.infer<typeof restoreBotPlanSchema>

/** What the plan was made from. */
export interface RestoreBotSeen {
  link: NodeLink
  snapshot: NodeSnapshot
  manifest: Manifest
  look: RestoreLook
  work: RunningWork
  unit: RestoreSeen['unit']
  /** Where it works, for `agents.create`. */
  workspace: string
  reals: string[]
  /** What the backup tells of it besides files. */
  told: AgentExport | null
}

/** From here on sessions lie in databases; an older folder would have to be moved on, which only the whole state is. */
const DATABASES_SINCE = '2026.8.1'

/** Looks at backup, node and agent, and refuses what cannot end well. Changes nothing. */
export async function planRestoreBot(
  context: Context,
  { id: botId, backup: named }: { id: string; backup: string },
  call: Call<never>,
): Promise<Prepared<RestoreBotPlan, RestoreBotSeen>> {
  const node = call.node()
  const limits = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
  const row = await backupOf(context, node.id, botId, named)
  const manifest = await context.backups.manifest(node.id, row.id)
  await context.backups.requireKey(node.id, row.id)
  const told =
    readExports(await context.backups.besides(node.id, row.id))?.find(({ id }) => id === botId) ?? null
  const snapshot = await lookReached(context, node, call.signal)
  const link = context.nodes.link(node)
  const { methods } = await link.hello(limits)
  if (!methods.has('agents.create')) throw new OperatorError('not-supported', { what: 'agents.create' })
  const [{ agents }, config] = await Promise.all([listAgents(link, limits), readConfig(link)])
  const agent = agents.find(({ id }) => id === botId)
  const others = agents.filter(({ id }) => id !== botId)
  const isDefault = agent?.isDefault ?? told?.isDefault ?? false
  const now = agent?.workspace ?? workspaceIn(config, { id: botId, isDefault, statePath: node.ocPath })
  const taken = botPlaces(manifest, botId, told?.workspace ?? (agent === undefined ? null : now))
  const held = await contentOf(context, node.id, row.id, taken)
  const [folder = '', workspaceTaken] = taken
  if (!held.has(folder)) throw impossible(node.id, 'not-in-backup', botId)
  const reals = taken.filter((real) => held.has(real))
  const elsewhere = folderElsewhere(manifest, botId, told?.entry ?? entryOf(config, botId))
  if (elsewhere !== null) throw impossible(node.id, 'other-place', elsewhere)
  const workspace = await workspaceFor(link, node, {
    ...{ limits, agentThere: agent !== undefined, now },
    wanted: workspaceTaken ?? told?.workspace ?? now,
    others: workspacesOf(others, config, node.ocPath),
  })
  const unit = await controlledUnit(link, snapshot, call)
  const request = { state: node.ocPath ?? '', places: [manifest.about.state, ...reals] }
  const noNode = () => impossible(node.id, 'no-node')
  const seenPlaces = await lookAtState(link, snapshot, request, { signal: call.signal, noNode })
  const [ofState, ...places] = seenPlaces.places
  const look = { ...seenPlaces, places }
  const openclaw = { backup: manifest.about.openclawVersion, node: snapshot.install.version.value }
  const databases = { backup: schemasOf(manifest), node: look.databases }
  const machine = { backup: null, node: look.machine.hostname, differs: null }
  refuse(node.id, manifest, seenPlaces, { openclaw, databases, machine }, true)
  if (
    compareVersions(openclaw.backup ?? '', DATABASES_SINCE) < 0 &&
    compareVersions(openclaw.node ?? '', DATABASES_SINCE) >= 0
  )
    throw impossible(node.id, 'other-storage', `${openclaw.backup} → ${openclaw.node}`)
  // It is brought and put aside beside the state directory, by renames.
  const apart = places.find(
    ({ real, device }) => real.startsWith(`${manifest.about.state}/`) && device !== ofState?.device,
  )
  if (apart !== undefined) throw impossible(node.id, 'mount-point', apart.real)
  const room = await roomFor(node.id, () => context.backups.entries(node.id, row.id), look)
  const work = await readRunningWork(context, link, snapshot, limits)
  const bindings = bindingsLacking(config, botId, told?.bindings ?? [])
  const jobs = told?.cron ? await jobsToMake(context, link, told.cron, botId) : null
  const content = [...held.values()]
  const plan: RestoreBotPlan = {
    nodeId: node.id,
    nodeName: node.name,
    botId,
    isThere: agent !== undefined,
    state: snapshot.state,
    reason: snapshot.reason,
    running: work.running,
    otherWork: work.otherWork,
    canDrain: work.canDrain,
    drainSeconds: Math.round(context.limits.drainDeadlineMs / 1000),
    backup: row.id,
    takenAt: row.takenAt,
    verifiedAt: row.verified?.sound === true ? row.verified.at : null,
    fromWhole: row.agent === null,
    files: content.reduce((sum, { files }) => sum + files, 0),
    bytes: content.reduce((sum, { bytes }) => sum + bytes, 0),
    sessions:
      told?.sessions?.length ?? manifest.about.agents?.find(({ id }) => id === botId)?.sessions ?? null,
    sessionsNow: mapReading(
      snapshot.sessions,
      (all) => all.filter(({ agentId }) => agentId === botId).length,
    ),
    replaced: look.places.map(({ real, present, bytes }) => ({ path: real, present, bytes })),
    openclaw,
    ...room,
    told: told !== null,
    bindings: bindings.lacking.map(bindingText),
    bindingsTaken: bindings.taken.map(bindingText),
    jobs: jobs?.length ?? null,
    leftovers: look.leftovers.map(({ folder: left, told: how }) => ({ folder: left, told: how })),
  }
  return { plan, seen: { link, snapshot, manifest, look, work, unit, workspace, reals, told } }
}

/** What was confirmed still covers the world while the same is replaced by the same. */
export function sameRestoreBot(confirmed: RestoreBotPlan, now: RestoreBotPlan): boolean {
  const facts = (plan: RestoreBotPlan) => {
    const { nodeId, botId, backup, isThere, openclaw, bindings, bindingsTaken, jobs, leftovers } = plan
    const paths = plan.replaced.map(({ path }) => path)
    return JSON.stringify([
      nodeId,
      botId,
      backup,
      isThere,
      openclaw,
      bindings,
      bindingsTaken,
      jobs,
      leftovers,
      paths,
    ])
  }
  // A conversation that began meanwhile would be put aside without having been shown.
  const [before, after] = [confirmed.sessionsNow.value, now.sessionsNow.value]
  const noMore = before === null || after === null || after <= before
  return noMore && facts(confirmed) === facts(now)
}

/** Where the agent works: nobody else may, and one that is there may not have moved. */
async function workspaceFor(
  link: NodeLink,
  node: { id: string; ocPath: string | null },
  {
    limits,
    agentThere,
    now,
    wanted,
    others,
  }: {
    limits: { deadlineMs: number; signal: AbortSignal }
    agentThere: boolean
    now: string
    wanted: string
    others: string[]
  },
): Promise<string> {
  const paths = { statePath: node.ocPath, target: wanted, others: [...others, now] }
  const seen = await lookAtWorkspace(link, paths, limits)
  const current = seen.others.at(-1)?.real
  const look = { ...seen, others: seen.others.slice(0, -1) }
  const { real } = look.target
  if (isShared(look)) throw impossible(node.id, 'shared-workspace', real)
  if (agentThere && current !== real) throw impossible(node.id, 'other-place', `${real} → ${current}`)
  const problem = agentThere ? null : workspaceProblem(look)
  if (problem !== null)
    throw new OperatorError('workspace-refused', { node: node.id, workspace: real, why: problem })
  return real
}

/** Null where the node does not tell its jobs: then none is made, rather than one twice. */
async function jobsToMake(
  context: Context,
  link: NodeLink,
  former: readonly CronJob[],
  botId: string,
): Promise<CronJob[] | null> {
  const deadlineMs = context.limits.statusDeadlineMs
  const now = await listCronJobs(link, { deadlineMs }).catch((error: unknown) => {
    if (error instanceof OperatorError) return null
    throw error
  })
  return now === null ? null : jobsLacking(former, now, botId, context.clock.now()).lacking
}

function bindingText(binding: Record<string, unknown>): string {
  const match = z
    .looseObject({ channel: z.string(), accountId: z.string().optional().catch(undefined) })
    .safeParse(binding.match).data
  return match === undefined ? '?' : [match.channel, match.accountId].filter(Boolean).join(':')
}
