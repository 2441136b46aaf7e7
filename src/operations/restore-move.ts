import { dirname, join } from 'node:path/posix'
import { z } from 'zod'
import type { NodeRecord } from '../../registry/schema.ts'
import type { Entry, Manifest } from '../backup/manifest.ts'
import { sha256Of } from '../backup/object-format.ts'
import type { PutFile } from '../backup/restore-tar.ts'
import { OperatorError } from '../base/errors.ts'
import { observeNode } from '../monitor/observe.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { composePrinted, printConfig, printFiles, runnerOver } from '../openclaw/read-config.ts'
import {
  type Homes,
  type MovedSetting,
  movedConfig,
  movedEnvironment,
  movedPath,
} from '../openclaw/restore/moved-state.ts'
import { restoreSide } from '../openclaw/restore/node-side.ts'
import { unitLevel, unitOf } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { mayUse, notAllowed } from './access.ts'
import type { Context } from './context.ts'
import { lacksNode } from './look-at-state.ts'
import type { Call } from './operation.ts'
import { impossible, placesOf } from './restore-refusal.ts'
import { isSilence, stoppedProof } from './stopped-gateway.ts'

const MOST_CHANGES = 100
/** A configuration is no longer than this. */
const MOST_BYTES = 4 * 1024 * 1024
const SHORT_MS = 60_000

/** What a restore onto another node does besides replacing its state; names and paths are untrusted. */
export const restoreMoveSchema = z.strictObject({
  /** The node that it is a backup of. */
  from: z.string(),
  fromName: z.string(),
  /** `stopped`: seen just now. `suspect`: it could not be asked, and may still run. */
  original: z.enum(['stopped', 'suspect']),
  /** Whether the original's unit starts with its machine; null where that was not read. */
  startsAtBoot: z.boolean().nullable(),
  /** The login's home then and now; null where it is the same. */
  home: z.strictObject({ before: z.string(), after: z.string() }).nullable(),
  /** Settings that become others, the first of them. */
  rewritten: z
    .array(z.strictObject({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
    .max(MOST_CHANGES),
  rewrittenCount: z.number(),
  /** Variables of environment files that stay those of the target. */
  variables: z.array(z.string()),
  /** Where old paths stay as they are. */
  notRewritten: z.array(z.enum(['databases', 'includes', 'links'])),
  /** Agents that the target has now and that are put aside with its state; null where that was not read. */
  agentsThere: z.number().nullable(),
})
export type RestoreMove = z.infer<typeof restoreMoveSchema>

/** How a backup of one node becomes the state of another. */
export interface Moved {
  /** The node that it is a backup of. */
  source: NodeRecord
  /** What each place is called in the backup, by its name on the other machine. */
  origins: ReadonlyMap<string, string>
  /** Files that are not as in the backup, by their path in it. */
  put: PutFile[]
  /** Files of the backup that are not brought. */
  dropped: string[]
}

/** The node that a backup is of, as far as the person may restore from it. @throws OperatorError unknown-node, not-allowed */
export function sourceNode(context: Context, from: string, call: Pick<Call<never>, 'actor'>): NodeRecord {
  const source = context.registry.get(from)
  if (!mayUse(call.actor, 'viewer', source)) throw new OperatorError('unknown-node', { node: from })
  if (!mayUse(call.actor, 'admin', source)) throw notAllowed(call.actor, 'restore-node', 'admin')
  return source
}

/**
 * Whether the node that a backup is of has stopped: two that run with one state share an identity and the logins of all
 * channels. One that cannot be asked may still run.
 * @param places folders of which nobody may have a database open there
 * @param confirm the id of that node as somebody typed it; needed where it cannot be asked
 * @throws OperatorError restore-impossible {why: original-runs, original-unreachable}; id-mistyped
 */
export async function originalStands(
  context: Context,
  source: NodeRecord,
  { places, signal, confirm }: { places: readonly string[]; signal: AbortSignal; confirm: string | null },
): Promise<Pick<RestoreMove, 'original' | 'startsAtBoot'>> {
  const deadlineMs = context.limits.statusDeadlineMs
  const snapshot = await observeNode(context, source, { kind: 'asked', deadlineMs, signal })
  const stopped = isUnread(snapshot) ? null : await isStopped(context, source, snapshot, places)
  if (stopped === false) throw impossible(source.id, 'original-runs')
  if (stopped) return { original: 'stopped', startsAtBoot: snapshot.service.enabled.value }
  if (confirm === null) throw impossible(source.id, 'original-unreachable')
  if (confirm !== source.id) throw new OperatorError('id-mistyped', { node: source.id })
  return { original: 'suspect', startsAtBoot: null }
}

/** Null where the node cannot tell. */
async function isStopped(
  context: Context,
  source: NodeRecord,
  { service, install }: NodeSnapshot,
  places: readonly string[],
): Promise<boolean | null> {
  if (service.kind.value === 'process') return false
  const link = context.nodes.link(source)
  const gateway = {
    link,
    unit: { name: service.unit.value ?? unitOf(source).name, level: unitLevel(service) ?? 'user' },
    port: install.gatewayPort.value ?? source.gatewayPort,
    pid: service.pid.value,
    places,
    side: restoreSide(link, { folder: '', nodeBinary: install.nodeBinary.value }),
  } as const
  try {
    return (await stoppedProof(gateway)).stopped
  } catch (error) {
    if (lacksNode(error) || isSilence(error)) return null
    throw error
  }
}

/** A manifest as it reads on the other machine. Its entries keep the paths of the backup. */
export function movedManifest(manifest: Manifest, homes: Homes): Manifest {
  const { about } = manifest
  const move = (path: string) => movedPath(path, homes)
  const roots = about.roots.map(({ kind, path, real }) => ({ kind, path: move(path), real: move(real) }))
  return { ...manifest, about: { ...about, home: move(about.home), state: move(about.state), roots } }
}

/**
 * What of a backup is another on the other machine, read from the backup and from the machine.
 * @throws OperatorError restore-impossible {why: moved-places, no-own-config, config-unread}
 */
export async function planMove(
  context: Context,
  {
    source,
    manifest,
    link,
    node,
    homes,
    snapshot,
  }: {
    source: NodeRecord
    manifest: Manifest
    link: NodeLink
    node: NodeRecord
    homes: Homes
    snapshot: NodeSnapshot
  },
  { signal }: { signal: AbortSignal },
): Promise<{ moved: Moved; told: Omit<RestoreMove, 'original' | 'startsAtBoot'> }> {
  const { about, id } = manifest
  // The other machine does not have the variables that moved them.
  const elsewhere = about.roots.find(({ kind }) => kind === 'config' || kind === 'credentials')
  if (elsewhere) throw impossible(source.id, 'moved-places', elsewhere.real)
  const there = await readThere(link, node, signal)
  const inBackup = (name: string) => join(about.state, name).slice(1)
  const read = async (name: string) =>
    (await context.backups.content(source.id, id, inBackup(name), MOST_BYTES))?.toString('utf8') ?? null
  const config = await read('openclaw.json')
  if (config === null) throw impossible(source.id, 'config-unread')
  const { text, changes, includes } = rewritten(source.id, config, there.target, homes)
  const put: PutFile[] = [fileOf(inBackup('openclaw.json'), text)]
  const environment = movedEnvironment(await read('.env'), there.env, there.target)
  if (environment.text !== null) put.push(fileOf(inBackup('.env'), environment.text))
  // It belongs to the unit, and the unit stays.
  if (there.unitEnv !== null) put.push(fileOf(inBackup('gateway.systemd.env'), there.unitEnv))
  const isElsewhere = homes.before !== homes.after
  return {
    moved: { source, origins: originsOf(manifest, homes), put, dropped: [inBackup('gateway.systemd.env')] },
    told: {
      from: source.id,
      fromName: source.name,
      home: isElsewhere ? homes : null,
      rewritten: changes.slice(0, MOST_CHANGES),
      rewrittenCount: changes.length,
      variables: environment.names,
      notRewritten: isElsewhere
        ? [
            'databases',
            ...(includes ? ['includes' as const] : []),
            ...((await hasLinks(context.backups.entries(source.id, id), homes)) ? ['links' as const] : []),
          ]
        : [],
      agentsThere: snapshot.agents.value?.length ?? null,
    },
  }
}

/** @throws OperatorError restore-impossible where two places would become one */
function originsOf(manifest: Manifest, homes: Homes): ReadonlyMap<string, string> {
  const places = placesOf(manifest)
  const origins = new Map(places.map((real) => [movedPath(real, homes), real]))
  if (origins.size < places.length) throw impossible(manifest.node, 'moved-places')
  return origins
}

function rewritten(
  node: string,
  config: string,
  target: unknown,
  homes: Homes,
): { text: string; changes: MovedSetting[]; includes: boolean } {
  try {
    return movedConfig(config, target, homes)
  } catch (error) {
    if (error instanceof SyntaxError) throw impossible(node, 'config-unread')
    throw error
  }
}

/** The configuration of the target and its environment files; secrets stay in memory. */
async function readThere(
  link: NodeLink,
  node: NodeRecord,
  signal: AbortSignal,
): Promise<{ target: unknown; env: string | null; unitEnv: string | null }> {
  const limits = { deadlineMs: SHORT_MS, signal }
  const runner = runnerOver(link)
  const printed = await printConfig(runner, node.ocPath, [], limits)
  const target =
    printed.kind === 'printed' ? await composePrinted(runner, printed.path, printed.text, limits) : null
  if (printed.kind === 'failed' || target === null) throw impossible(node.id, 'no-own-config')
  const [env, unitEnv] = ['.env', 'gateway.systemd.env'].map((name) => join(dirname(printed.path), name))
  const files = await printFiles(runner, [env ?? '', unitEnv ?? ''], limits)
  return { target, env: files.get(env ?? '') ?? null, unitEnv: files.get(unitEnv ?? '') ?? null }
}

async function hasLinks(entries: AsyncIterable<Entry>, homes: Homes): Promise<boolean> {
  for await (const entry of entries)
    if (entry.kind === 'link' && movedPath(entry.target, homes) !== entry.target) return true
  return false
}

function fileOf(path: string, text: string): PutFile {
  const content = Buffer.from(text, 'utf8')
  return { path, mode: 0o600, content, sha256: sha256Of(content) }
}
