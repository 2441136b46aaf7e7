import { z } from 'zod'
import type { Entry, Manifest } from '../backup/manifest.ts'
import { OperatorError } from '../base/errors.ts'
import { reasonSchema } from '../base/reading-schema.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { RestoreLook } from '../openclaw/restore/node-side.ts'
import { mayStopCommand, unitOf } from '../openclaw/service.ts'
import { type NodeSnapshot, nodeStateSchema } from '../openclaw/snapshot.ts'
import { compareVersions } from '../openclaw/versions.ts'
import { findBackup } from './backups.ts'
import type { Context } from './context.ts'
import { lookAtState, readUnitLevel } from './look-at-state.ts'
import { lookReached } from './look-reached.ts'
import { hostKeysOf } from './node-binding.ts'
import type { Call, Prepared } from './operation.ts'
import { type RunningWork, readRunningWork, runningWorkFields } from './running-work.ts'
import { MACHINE_MARKS, machineDifference } from './same-machine.ts'

const versionsSchema = z.strictObject({ backup: z.string().nullable(), node: z.string().nullable() })
const schemasSchema = z.strictObject({ state: z.number().nullable(), agent: z.number().nullable() })

/** How the plan of a restore comes back from a file. */
export const restorePlanSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  state: nodeStateSchema,
  reason: reasonSchema.nullable(),
  ...runningWorkFields,
  drainSeconds: z.number(),
  backup: z.string(),
  takenAt: z.number(),
  /** The last time that it was found sound; null when it was not. It is verified again before anything else. */
  verifiedAt: z.number().nullable(),
  files: z.number(),
  bytes: z.number(),
  /** Null when the agents were not read then. */
  agents: z.array(z.strictObject({ id: z.string(), sessions: z.number().nullable() })).nullable(),
  /** What is replaced; `bytes` is what lies there now. */
  replaced: z.array(z.strictObject({ path: z.string(), present: z.boolean(), bytes: z.number() })),
  openclaw: versionsSchema,
  /** Schema versions of OpenClaw's databases; null where there is none or it was not read. */
  databases: z.strictObject({ backup: schemasSchema, node: schemasSchema }),
  freeBytes: z.number(),
  /** Where ocm keeps its backups: the verification needs room for the largest database. */
  freeHereBytes: z.number(),
  neededBytes: z.number(),
  /** Names of the machine then and now, and by what they differ; null where the backup does not tell which it was. */
  machine: z.strictObject({
    backup: z.string().nullable(),
    node: z.string(),
    differs: z.array(z.enum(MACHINE_MARKS)).nullable(),
  }),
  /** Folders of earlier restores that did not end, and how far each had come. */
  leftovers: z.array(
    z.strictObject({ folder: z.string(), told: z.enum(['untouched', 'between', 'swapped', 'lost']) }),
  ),
})
/** What restore-node is about to do. Names are untrusted. */
export type RestorePlan = z.infer<typeof restorePlanSchema>

/** What the plan was made from. */
export interface RestoreSeen {
  link: NodeLink
  snapshot: NodeSnapshot
  manifest: Manifest
  look: RestoreLook
  work: RunningWork
  unit: { name: string; level: 'user' | 'system' }
}

/** Why a restore is refused; see `restore-problem.*` in the texts. */
export type RestoreProblem =
  | 'other-home'
  | 'other-place'
  | 'other-machine'
  | 'newer-openclaw'
  | 'version-unread'
  | 'newer-database'
  | 'no-unit'
  | 'may-not-stop'
  | 'no-room'
  | 'room-unread'
  | 'no-gnu-tar'
  | 'no-node'
  | 'unsound'
  | 'left-over'
  | 'no-place'
  | 'mount-point'
  | 'other-owner'
  | 'not-writable'
  | 'of-one-bot'
  | 'not-in-backup'
  | 'shared-workspace'
  | 'other-storage'

const LOOK_MS = 60_000
/** Room for what is staged, and as much again for what the gateway and its migrations write. */
const TIMES_NEEDED = 2

/** The error of a restore that is not begun. Nothing was changed. */
export function impossible(node: string, why: RestoreProblem, detail?: string): OperatorError {
  return new OperatorError('restore-impossible', { node, why }, detail === undefined ? {} : { detail })
}

/** The places of a backup that lie in no other one: each is swapped as a whole. Absolute and without links. */
export function placesOf({ about }: Manifest): string[] {
  const reals = [...new Set([about.state, ...about.roots.map(({ real }) => real)])]
  return reals.filter((real) => !reals.some((other) => other !== real && real.startsWith(`${other}/`)))
}

/** Whether an entry belongs to a place. */
export function isOf(entry: Pick<Entry, 'path'>, place: string): boolean {
  const path = `/${entry.path}`
  return path === place || path.startsWith(`${place}/`)
}

/** Looks at the backup and at the node, and refuses what cannot end well. Changes nothing. */
export async function planRestore(
  context: Context,
  { backup: named, otherMachine }: { backup: string; otherMachine: boolean },
  call: Call<never>,
): Promise<Prepared<RestorePlan, RestoreSeen>> {
  const node = call.node()
  const { statusDeadlineMs: deadlineMs } = context.limits
  const bounds = { deadlineMs, signal: call.signal }
  const row = await findBackup(context.backups, node.id, named)
  const manifest = await context.backups.manifest(node.id, row.id)
  if (row.agent !== null) throw impossible(node.id, 'of-one-bot', row.agent)
  const snapshot = await lookReached(context, node, call.signal)
  const link = context.nodes.link(node)
  const unit = await controlledUnit(link, snapshot, call)
  const request = { state: node.ocPath ?? '', places: placesOf(manifest) }
  const noNode = () => impossible(node.id, 'no-node')
  const look = await lookAtState(link, snapshot, request, { signal: call.signal, noNode })
  const databases = { backup: schemasOf(manifest), node: look.databases }
  const openclaw = { backup: manifest.about.openclawVersion, node: snapshot.install.version.value }
  const machine = machineOf(manifest, look, hostKeysOf(node))
  refuse(node.id, manifest, look, { openclaw, databases, machine }, otherMachine)
  const room = await roomFor(context, node.id, manifest, look)
  const work = await readRunningWork(context, link, snapshot, bounds)
  const plan: RestorePlan = {
    nodeId: node.id,
    nodeName: node.name,
    state: snapshot.state,
    reason: snapshot.reason,
    running: work.running,
    otherWork: work.otherWork,
    canDrain: work.canDrain,
    drainSeconds: Math.round(context.limits.drainDeadlineMs / 1000),
    backup: row.id,
    takenAt: row.takenAt,
    verifiedAt: row.verified?.sound === true ? row.verified.at : null,
    files: row.files,
    bytes: row.bytes,
    agents: manifest.about.agents?.map(({ id, sessions }) => ({ id, sessions })) ?? null,
    replaced: look.places.map(({ real, present, bytes }) => ({ path: real, present, bytes })),
    openclaw,
    databases,
    ...room,
    freeHereBytes: await context.backups.freeBytes(),
    machine,
    leftovers: look.leftovers.map(({ folder, told }) => ({ folder, told })),
  }
  return { plan, seen: { link, snapshot, manifest, look, work, unit } }
}

/** What was confirmed still covers the world while the same is replaced by the same. */
export function sameRestore(confirmed: RestorePlan, now: RestorePlan): boolean {
  const facts = ({ nodeId, backup, replaced, openclaw, databases, machine, leftovers }: RestorePlan) =>
    JSON.stringify([
      nodeId,
      backup,
      replaced.map(({ path, present }) => [path, present]),
      openclaw,
      databases,
      machine,
      leftovers,
    ])
  return facts(confirmed) === facts(now)
}

/** The unit that can be stopped and started: without one nobody could say that the gateway is stopped. */
export async function controlledUnit(
  link: NodeLink,
  snapshot: NodeSnapshot,
  call: Pick<Call<never>, 'node' | 'signal'>,
): Promise<RestoreSeen['unit']> {
  const level = readUnitLevel(link.nodeId, snapshot)
  if (level === null) throw impossible(link.nodeId, 'no-unit')
  const name = snapshot.service.unit.value ?? unitOf(call.node()).name
  if (level === 'user') return { name, level }
  const allowed = await link.exec(mayStopCommand(name), { deadlineMs: LOOK_MS, signal: call.signal })
  if (allowed.code !== 0) throw impossible(link.nodeId, 'may-not-stop')
  return { name, level }
}

/** The newest schema of OpenClaw's databases in a backup. */
export function schemasOf({ about }: Manifest): { state: number | null; agent: number | null } {
  const largest = (ofAgent: boolean) => {
    const known = about.databases
      .filter(({ own, agentId }) => own && (agentId !== null) === ofAgent)
      .flatMap(({ userVersion }) => (userVersion === null ? [] : [userVersion]))
    return known.length === 0 ? null : Math.max(...known)
  }
  return { state: largest(false), agent: largest(true) }
}

function machineOf({ about }: Manifest, look: RestoreLook, hostKeys: string[]): RestorePlan['machine'] {
  const differs = machineDifference(about.machine, { ...look.machine, hostKeys })
  return { backup: about.machine?.hostname ?? null, node: look.machine.hostname, differs }
}

/** @throws OperatorError restore-impossible for what cannot end well */
export function refuse(
  node: string,
  { about }: Manifest,
  look: RestoreLook,
  { openclaw, databases, machine }: Pick<RestorePlan, 'openclaw' | 'databases' | 'machine'>,
  otherMachine: boolean,
): void {
  // Two that run with one state share an identity and the logins of all channels: somebody has to say that it is meant.
  if (!otherMachine && machine.differs !== null && machine.differs.length > 0) {
    const names = `${machine.backup} → ${machine.node}`
    throw impossible(node, 'other-machine', `${names} (${machine.differs.join(', ')})`)
  }
  if (about.home !== look.home) throw impossible(node, 'other-home', `${about.home} → ${look.home}`)
  if (about.state !== look.state) throw impossible(node, 'other-place', `${about.state} → ${look.state}`)
  if (!look.gnuTar) throw impossible(node, 'no-gnu-tar')
  const { backup: wrote, node: runs } = openclaw
  // An older OpenClaw does not refuse a newer state until it fails on it.
  if (wrote === null || runs === null)
    throw impossible(node, 'version-unread', `${wrote ?? '?'} → ${runs ?? '?'}`)
  if (compareVersions(wrote, runs) > 0) throw impossible(node, 'newer-openclaw', `${wrote} → ${runs}`)
  for (const kind of ['state', 'agent'] as const) {
    const [had, has] = [databases.backup[kind], databases.node[kind]]
    if (had !== null && has !== null && had > has)
      throw impossible(node, 'newer-database', `${kind}: ${had} → ${has}`)
  }
  const bad = look.places.find(({ problem }) => problem !== null)
  if (bad?.problem) throw impossible(node, bad.problem, bad.real)
  const lost = look.leftovers.find(({ told }) => told === 'lost')
  if (lost) throw impossible(node, 'left-over', lost.folder)
}

/** Free and needed bytes of the file system that has the least to spare. */
export async function roomFor(
  { backups }: Pick<Context, 'backups'>,
  node: string,
  manifest: Manifest,
  look: RestoreLook,
): Promise<{ freeBytes: number; neededBytes: number }> {
  const needed = new Map<number, { needed: number; free: number | null }>()
  for (const { device, free } of look.places) needed.set(device, { needed: 0, free })
  for await (const entry of backups.entries(node, manifest.id)) {
    if (entry.kind !== 'file') continue
    const place = look.places.find(({ real }) => isOf(entry, real))
    const room = place && needed.get(place.device)
    if (room) room.needed += entry.size * TIMES_NEEDED
  }
  const rooms = [...needed.values()].map(({ needed: neededBytes, free: freeBytes }) => {
    if (freeBytes === null) throw impossible(node, 'room-unread')
    return { freeBytes, neededBytes }
  })
  const [least] = rooms.toSorted((a, b) => a.freeBytes - a.neededBytes - (b.freeBytes - b.neededBytes))
  if (least === undefined) throw impossible(node, 'other-place')
  if (least.freeBytes < least.neededBytes)
    throw impossible(node, 'no-room', `${least.neededBytes} > ${least.freeBytes}`)
  return least
}
