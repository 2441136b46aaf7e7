import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { type Reading, type Reason, stale, unknown } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import { scriptText } from '../ssh/script-text.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { parseCliResult, programOf, sessionsCommand } from './cli.ts'
import { fitSessions, sayLimit } from './node-budget.ts'
import { reasonOfError } from './reasons.ts'
import { parseSessionPage, parseSessionStore, type SessionRow, sessionFacts } from './session-rows.ts'
import type { ContextSettings } from './sessions.ts'
import type { InstallFacts, SessionFacts } from './snapshot.ts'
import { hasFeature } from './versions.ts'

/**
 * Prints every agent's sessions.json (before 2026.6.8), each after a line `<<ocm-store AGENT`. Argument 1: the state
 * directory or ''.
 */
const STORE_SCRIPT = scriptText`
case $1 in
  '') state=$HOME/.openclaw ;;
  '~/'*) state=$HOME/\${1#??} ;;
  *) state=$1 ;;
esac
for file in "$state"/agents/*/sessions/sessions.json; do
  [ -r "$file" ] || continue
  agent=\${file%/sessions/sessions.json}
  printf '\n<<ocm-store %s\n' "\${agent##*/}"
  cat "$file"
done
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
  clock: Clock
}

/**
 * Reads sessions while no gateway answers: by `openclaw sessions --all-agents` from 2026.6.8 on (its store is SQLite),
 * from the sessions.json files before (there the command shows the default agent only). Never throws.
 */
export async function readOfflineSessions(
  sources: OfflineSources,
  limits: CallLimits,
): Promise<Reading<SessionFacts[]>> {
  const { install, clock } = sources
  try {
    const sqlite = hasFeature(install.version.value, 'sqlite-store')
    if (sqlite === null) return unknown(OFFLINE, clock.now())
    return sqlite ? await fromCli(sources, limits) : await fromStore(sources, limits)
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

async function fromStore(sources: OfflineSources, limits: CallLimits): Promise<Reading<SessionFacts[]>> {
  const { session, statePath, clock } = sources
  const bounds = { ...limits, maxOutputBytes: STORE_BYTES, args: [statePath ?? ''] }
  const { stdout } = await session.script(STORE_SCRIPT, bounds)
  const rows = stdout
    .split(/^<<ocm-store /m)
    .slice(1)
    .map(storeRows)
  const broken = rows.every((list) => list === null) && rows.length > 0
  if (broken) return unknown({ code: 'parse-failed' }, clock.now(), 'store-file')
  return staleFacts(
    rows.flatMap((list) => list ?? []),
    'store-file',
    sources,
  )
}

function storeRows(section: string): SessionRow[] | null {
  const newline = section.indexOf('\n')
  const agent = z
    .string()
    .regex(/^[\w.-]{1,128}$/)
    .safeParse(section.slice(0, newline))
  if (!agent.success) return null
  try {
    return parseSessionStore(JSON.parse(section.slice(newline + 1)), agent.data)
  } catch {
    return null
  }
}

function staleFacts(
  rows: readonly SessionRow[],
  source: 'cli' | 'store-file',
  { settings, clock }: OfflineSources,
): Reading<SessionFacts[]> {
  const observedAt = clock.now()
  const arithmetic = {
    models: new Map(),
    defaultWindow: null,
    settings,
    protocol: source === 'cli' ? (4 as const) : (3 as const),
    source,
    observedAt,
    offline: OFFLINE,
  }
  const sessions = fitSessions(rows.map((row) => sessionFacts(row, arithmetic, 'main')))
  return sayLimit(stale(sessions, source, observedAt, OFFLINE), rows.length > sessions.length)
}
