import type { NodeRecord } from '../../registry/schema.ts'
import type { BackupDrill, Entry, Manifest, Validation } from '../backup/manifest.ts'
import { OperatorError } from '../base/errors.ts'
import { type OpenClawProgram, programOf } from '../openclaw/cli.ts'
import { type OpenClawVerdict, validateThere } from '../openclaw/validate/node-side.ts'
import { compareVersions, hasFeature } from '../openclaw/versions.ts'
import type { BackupRow } from './backups.ts'
import { ownerOfRow } from './backups.ts'
import type { Context } from './context.ts'
import { lookReached } from './look-reached.ts'

/** What OpenClaw said, and in its words what it refused. */
export interface Validated {
  openclaw: Validation
  refused: BackupDrill['problems']
}

/** Whose OpenClaw is asked; `node` is null where no such node is registered. */
export interface Judge {
  id: string
  node: NodeRecord | null
}

/** Bytes of configuration and databases that are brought to a node for this. */
const MOST_BYTES = 1024 ** 3
/** Files besides databases: configuration and what it includes, descriptions of plugins. */
const MOST_FILE_BYTES = 4 * 1024 * 1024
/** Each takes OpenClaw a second or more. */
const MOST_DATABASES = 40
/** For everything: it runs with the lowest priority. */
const LONGEST_MS = 20 * 60_000
/** Folders of the state directory that OpenClaw's checks do not read and that may be large. */
const NOT_READ =
  /^(?:agents|workspace[^/]*|logs|media|cache|sandboxes|memory|canvas|browser)\/|(?:^|\/)node_modules\//
const EXIT_NO_ROOM = 7

/**
 * Has OpenClaw look at a backup in a scratch folder on a node, apart from what serves there: its configuration, and its own
 * databases where its version has a check for them. Workspaces and transcripts do not go along: nothing of OpenClaw reads them
 * for this. What could not be found out is unknown, with the reason.
 * @throws OperatorError cancelled, backup-damaged
 */
export async function validateBackup(
  context: Context,
  row: BackupRow,
  { id: on, node }: Judge,
  signal: AbortSignal,
): Promise<Validated> {
  const manifest = await context.backups.manifest(ownerOfRow(row), row.id)
  const seen = { version: null as string | null, databasesThere: ownDatabases(manifest).length }
  const told = (said: OpenClawVerdict | NonNullable<Validation['why']>) => validated(on, seen, said)
  if (node === null) return told('no-such-node')
  if (row.agent !== null) return told('of-one-bot')
  try {
    const { install } = await lookReached(context, node, signal)
    seen.version = install.version.value
    const program = programOf(install, null)
    if (program === null) return told('no-openclaw')
    const why = unfit(seen.version, manifest)
    return told(
      why ?? (await askThere(context, row, { node, program, version: seen.version, manifest }, signal)),
    )
  } catch (error) {
    if (signal.aborted) throw new OperatorError('cancelled', {}, { cause: error })
    if (!(error instanceof OperatorError) || error.code === 'backup-damaged') throw error
    context.log.warn({ err: error, node: on }, 'OpenClaw could not be asked about a backup')
    if (error.code === 'node-unreachable') return told('not-reached')
    return told(error.params.exitCode === EXIT_NO_ROOM ? 'no-room' : 'no-answer')
  }
}

async function askThere(
  { backups, nodes }: Context,
  row: BackupRow,
  about: { node: NodeRecord; program: OpenClawProgram; version: string | null; manifest: Manifest },
  signal: AbortSignal,
): Promise<OpenClawVerdict | NonNullable<Validation['why']>> {
  const owner = ownerOfRow(row)
  const { node, program, version, manifest } = about
  const hasCheck = hasFeature(version, 'database-preflight')
  const databases = hasCheck ? ownDatabases(manifest).slice(0, MOST_DATABASES) : []
  const config = configOf(manifest)
  const isWanted = wantedOf(manifest, config, new Set(databases.map(({ path }) => path)))
  const { bytes, hasConfig } = await weigh(backups.entries(owner, row.id), isWanted, config)
  if (!hasConfig) return 'no-config'
  if (bytes > MOST_BYTES) return 'too-large'
  const { home, state } = manifest.about
  const request = {
    ...{ binary: program.binary, nodeBinary: program.nodeBinary },
    ...{ home, state, config, databases, bytes },
  }
  const tar = await backups.tarOf(owner, row.id, isWanted)
  const said = await validateThere(nodes.link(node), request, tar, { deadlineMs: LONGEST_MS, signal })
  return said.config === null ? 'no-answer' : said
}

function validated(
  node: string,
  seen: Pick<Validation, 'version' | 'databasesThere'>,
  said: OpenClawVerdict | NonNullable<Validation['why']>,
): Validated {
  const nothing = { config: false, databases: 0 }
  if (typeof said === 'string')
    return { openclaw: { node, ...seen, verdict: 'unknown', why: said, ...nothing }, refused: [] }
  const databases = said.databases.filter((verdict) => verdict !== null).length
  const verdict = said.refusals.length === 0 ? 'passed' : 'failed'
  return {
    openclaw: { node, ...seen, verdict, why: null, config: true, databases },
    refused: said.refusals.map(({ what, detail }) => ({
      code: `openclaw-refuses-${what}`,
      subject: detail || null,
    })),
  }
}

/** Why the OpenClaw of a node cannot judge a backup. */
function unfit(version: string | null, { about }: Manifest): Validation['why'] {
  if (version === null) return 'no-openclaw'
  if (hasFeature(version, 'config-validate') !== true) return 'no-check'
  // It takes for wrong what it does not know yet.
  const { openclawVersion: wrote } = about
  return wrote !== null && compareVersions(wrote, version) > 0 ? 'older-openclaw' : null
}

/** The databases that OpenClaw's checks are made for: the one of the state, and one of each agent. */
function ownDatabases({ about }: Manifest): { path: string; agentId: string | null }[] {
  return about.databases.flatMap(({ path, own, agentId, error }) => {
    const isState = path === `${about.state}/state/openclaw.sqlite`
    const isAgent = agentId !== null && path.endsWith('/openclaw-agent.sqlite')
    return own && error === null && (isState || isAgent) ? [{ path, agentId: isState ? null : agentId }] : []
  })
}

function configOf({ about }: Manifest): string {
  return about.roots.find(({ kind }) => kind === 'config')?.real ?? `${about.state}/openclaw.json`
}

function wantedOf({ about }: Manifest, config: string, databases: ReadonlySet<string>) {
  const prefix = `${about.state}/`
  return (entry: Entry): boolean => {
    if (entry.kind !== 'file') return false
    const path = `/${entry.path}`
    if (path === config || databases.has(path)) return true
    if (entry.database || entry.size > MOST_FILE_BYTES || !path.startsWith(prefix)) return false
    return !NOT_READ.test(path.slice(prefix.length))
  }
}

async function weigh(
  entries: AsyncIterable<Entry>,
  isWanted: (entry: Entry) => boolean,
  config: string,
): Promise<{ bytes: number; hasConfig: boolean }> {
  let bytes = 0
  let hasConfig = false
  for await (const entry of entries) {
    if (!isWanted(entry) || entry.kind !== 'file') continue
    bytes += entry.size
    hasConfig ||= `/${entry.path}` === config
  }
  return { bytes, hasConfig }
}
