import { z } from 'zod'
import type { Entry, Manifest } from '../backup/manifest.ts'
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
import {
  type Moved,
  movedManifest,
  originalStands,
  planMove,
  restoreMoveSchema,
  sourceNode,
} from './restore-move.ts'
import { impossible, isOf, placesOf } from './restore-refusal.ts'
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
  /** Null where it is a backup of this very node. */
  move: restoreMoveSchema.nullable().default(null),
})
/** What restore-node is about to do. Names are untrusted. */
export type RestorePlan = z.infer<typeof restorePlanSchema>

/** What the plan was made from. */
export interface RestoreSeen {
  link: NodeLink
  snapshot: NodeSnapshot
  /** As it reads on this node. */
  manifest: Manifest
  /** Null where it is a backup of this very node. */
  moved: Moved | null
  look: RestoreLook
  work: RunningWork
  unit: { name: string; level: 'user' | 'system' }
}

const LOOK_MS = 60_000
/** Room for what is staged, and as much again for what the gateway and its migrations write. */
const TIMES_NEEDED = 2

/** Looks at the backup and at the node, and refuses what cannot end well. Changes nothing. */
export async function planRestore(
  context: Context,
  input: { backup: string; otherMachine: boolean; from?: string | null; confirm?: string | null },
  call: Call<never>,
): Promise<Prepared<RestorePlan, RestoreSeen>> {
  const node = call.node()
  const { statusDeadlineMs: deadlineMs } = context.limits
  const bounds = { deadlineMs, signal: call.signal }
  const { from = null, confirm = null } = input
  const source = from === null || from === node.id ? null : sourceNode(context, from, call)
  const owner = source?.id ?? node.id
  const row = await findBackup(context.backups, owner, input.backup)
  const recorded = await context.backups.manifest(owner, row.id)
  await context.backups.requireKey(owner, row.id)
  if (row.agent !== null) throw impossible(node.id, 'of-one-bot', row.agent)
  const snapshot = await lookReached(context, node, call.signal)
  const link = context.nodes.link(node)
  const unit = await controlledUnit(link, snapshot, call)
  const noNode = () => impossible(node.id, 'no-node')
  const lookAt = (places: string[]) =>
    lookAtState(link, snapshot, { state: node.ocPath ?? '', places }, { signal: call.signal, noNode })
  const homes = source && { before: recorded.about.home, after: (await lookAt([])).home }
  const manifest = homes === null ? recorded : movedManifest(recorded, homes)
  const look = await lookAt(placesOf(manifest))
  const databases = { backup: schemasOf(manifest), node: look.databases }
  const openclaw = { backup: manifest.about.openclawVersion, node: snapshot.install.version.value }
  const machine = machineOf(manifest, look, hostKeysOf(node))
  refuse(node.id, manifest, look, { openclaw, databases, machine }, input.otherMachine || source !== null)
  const move = source &&
    homes && {
      ...(await originalStands(context, source, {
        places: placesOf(recorded),
        signal: call.signal,
        confirm,
      })),
      ...(await planMove(context, { source, manifest: recorded, link, node, homes, snapshot }, call)),
    }
  const moved = move?.moved ?? null
  const entries = () => context.backups.entries(owner, row.id)
  const room = await roomFor(node.id, entries, look, moved?.origins)
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
    move: move && { ...move.told, original: move.original, startsAtBoot: move.startsAtBoot },
  }
  return { plan, seen: { link, snapshot, manifest, moved, look, work, unit } }
}

/** What was confirmed still covers the world while the same is replaced by the same. */
export function sameRestore(confirmed: RestorePlan, now: RestorePlan): boolean {
  const facts = ({ nodeId, backup, replaced, openclaw, databases, machine, leftovers, move }: RestorePlan) =>
    JSON.stringify([
      nodeId,
      backup,
      replaced.map(({ path, present }) => [path, present]),
      openclaw,
      databases,
      machine,
      leftovers,
      move && [move.from, move.original, move.home, move.rewritten, move.variables],
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

/**
 * Free and needed bytes of the file system that has the least to spare.
 * @param origins what a place is called in the backup, where that is not its name here
 */
export async function roomFor(
  node: string,
  entriesOf: () => AsyncIterable<Entry>,
  look: Pick<RestoreLook, 'places'>,
  origins: ReadonlyMap<string, string> = new Map(),
): Promise<{ freeBytes: number; neededBytes: number }> {
  const needed = new Map<number, { needed: number; free: number | null }>()
  for (const { device, free } of look.places) needed.set(device, { needed: 0, free })
  for await (const entry of entriesOf()) {
    if (entry.kind !== 'file') continue
    const place = look.places.find(({ real }) => isOf(entry, origins.get(real) ?? real))
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
