import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { type Reading, type Reason, stale, unknown } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import { scriptText } from '../ssh/script-text.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { parseCliResult, programOf, sessionsCommand } from './cli.ts'
import { type KnownModels, knownModels, type ModelSettings } from './methods/models.ts'
import { fitSessions, sayLimit } from './node-budget.ts'
import { parseThread } from './parse-thread.ts'
import { reasonOfError } from './reasons.ts'
import {
  KEPT_OF_STORE,
  parseSessionPage,
  parseSessionStore,
  type SessionRow,
  sessionFacts,
} from './session-rows.ts'
import type { ContextSettings } from './sessions.ts'
import type { InstallFacts, SessionFacts } from './snapshot.ts'
import { hasFeature } from './versions.ts'

/**
 * Prints what keeps the sessions of every agent, each after a line of its own: `<<ocm-sqlite AGENT` for a database (2026.8.1
 * and later, run), `<<ocm-store AGENT` and its text for a sessions.json (up to 2026.7.1, run). A database that lies beside
 * a sessions.json took it over. Argument 1: the state directory or ''. Ends with 4 when the agents may not be listed.
 */
export const STORE_SCRIPT = scriptText`
case $1 in
  '') state=$HOME/.openclaw ;;
  '~/'*) state=$HOME/\${1#??} ;;
  *) state=$1 ;;
esac
[ ! -e "$state/agents" ] || { [ -r "$state/agents" ] && [ -x "$state/agents" ]; } || exit 4
for folder in "$state"/agents/*/; do
  folder=\${folder%/}
  agent=\${folder##*/}
  if [ -e "$folder/agent/openclaw-agent.sqlite" ]; then
    printf '\n<<ocm-sqlite %s\n' "$agent"
  elif [ -r "$folder/sessions/sessions.json" ]; then
    printf '\n<<ocm-store %s\n' "$agent"
    cat "$folder/sessions/sessions.json"
  fi
done
exit 0
`

/** What is asked of a store: nothing in it is fresh. */
export const OFFLINE: Reason = { code: 'gateway-offline' }

const STORE_BYTES = 16 * 1024 * 1024
const OUTPUT_BYTES = 8 * 1024 * 1024
/** A start of the CLI takes 1.5 s on an idle machine and 20 s on a busy one; with less time it is not begun. */
const CLI_MS = 8_000

/** Where to read and how to judge. */
export interface OfflineSources {
  session: SshSession
  install: InstallFacts
  statePath: string | null
  settings: ContextSettings
  /** What the node's own configuration says of models; null when it could not be read. */
  configured: ModelSettings | null
  /** What the gateway told of models while it ran; null when it was never asked. */
  lastSeen: KnownModels | null
  clock: Clock
}

/**
 * Reads sessions while no gateway answers: from the sessions.json files where there are any, by
 * `openclaw sessions --all-agents` where there is a database. What is there decides, not the version. Never throws.
 */
export async function readOfflineSessions(
  sources: OfflineSources,
  limits: CallLimits,
): Promise<Reading<SessionFacts[]>> {
  const { session, statePath, clock } = sources
  const startedAt = clock.monotonic()
  try {
    const bounds = { ...limits, maxOutputBytes: STORE_BYTES, args: [statePath ?? ''] }
    const { code, stdout } = await session.script(STORE_SCRIPT, bounds)
    if (code !== 0) return unknown({ code: 'permission-denied' }, clock.now(), 'store-file')
    if (!/^<<ocm-sqlite /m.test(stdout)) return await fromStores(stdout, sources)
    return await fromCli(sources, {
      ...limits,
      deadlineMs: limits.deadlineMs - (clock.monotonic() - startedAt),
    })
  } catch (error) {
    return unknown(reasonOfError(error), clock.now())
  }
}

async function fromCli(sources: OfflineSources, limits: CallLimits): Promise<Reading<SessionFacts[]>> {
  const { session, install, statePath, clock } = sources
  const program = programOf(install, statePath)
  if (program === null || limits.deadlineMs < CLI_MS) return unknown(OFFLINE, clock.now(), 'cli')
  const result = await session.exec(sessionsCommand(program), { ...limits, maxOutputBytes: OUTPUT_BYTES })
  const outcome = parseCliResult(result)
  const page = outcome.ok ? parseSessionPage(outcome.payload) : null
  if (page === null) return unknown({ code: 'parse-failed' }, clock.now(), 'cli')
  return staleFacts(page.rows, 'cli', sources)
}

async function fromStores(stdout: string, sources: OfflineSources): Promise<Reading<SessionFacts[]>> {
  const sections = stdout.split(/^<<ocm-store /m).slice(1)
  const rows = await Promise.all(sections.map(storeRows))
  const broken = rows.every((list) => list === null) && rows.length > 0
  if (broken) return unknown({ code: 'parse-failed' }, sources.clock.now(), 'store-file')
  return staleFacts(
    rows.flatMap((list) => list ?? []),
    'store-file',
    sources,
  )
}

async function storeRows(section: string): Promise<SessionRow[] | null> {
  const newline = section.indexOf('\n')
  const agent = z
    .string()
    .regex(/^[\w.-]{1,128}$/)
    .safeParse(section.slice(0, newline))
  if (!agent.success) return null
  try {
    const store = await parseThread.parse(Buffer.from(section.slice(newline + 1)), KEPT_OF_STORE)
    return parseSessionStore(store, agent.data)
  } catch {
    return null
  }
}

function staleFacts(
  rows: readonly SessionRow[],
  source: 'cli' | 'store-file',
  { settings, clock, install, configured, lastSeen }: OfflineSources,
): Reading<SessionFacts[]> {
  const observedAt = clock.now()
  const version = install.version.value
  const protocol = (hasFeature(version, 'protocol-4') ?? source === 'cli') ? (4 as const) : (3 as const)
  const known = knownModels(undefined, configured ?? undefined, { version, protocol })
  const arithmetic = {
    ...known,
    models: new Map([...(lastSeen?.models ?? []), ...known.models]),
    defaultWindow: null,
    settings,
    protocol,
    source,
    observedAt,
    offline: OFFLINE,
  }
  const sessions = fitSessions(rows.map((row) => sessionFacts(row, arithmetic, 'main')))
  return sayLimit(stale(sessions, source, observedAt, OFFLINE), rows.length > sessions.length)
}
