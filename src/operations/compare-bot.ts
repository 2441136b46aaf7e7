import type { SessionFacts } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import type { Restoration } from './restoration.ts'
import type { RestoreBotSeen } from './restore-bot-plan.ts'

/** How a restored agent compares with its backup. Paths are untrusted. */
export interface BotCompared {
  /** How many conversations it had; null where the backup does not tell. */
  had: number | null
  /** Conversations of the backup that the gateway does not have, and those whose tokens are others. */
  missing: number
  otherTokens: number
  /** Its own folder and its workspace, where they cannot be used. */
  unusable: string[]
  /** The gateway did not tell its sessions, or the backup does not. */
  unread: boolean
}

/** OpenClaw says for a while that sessions cannot be read after an agent changed (run: 2026.9.6). */
const PATIENCE_MS = 30_000
const WAIT_MS = 1_000
const PLACES_MS = 60_000

/** Asks the gateway for the agent and its sessions until it shows those of the backup, or for half a minute. */
export async function compareBot(
  context: Context,
  call: Call<never>,
  botId: string,
  { told, manifest, reals }: RestoreBotSeen,
  restoration: Restoration,
): Promise<{ compared: BotCompared; missing: boolean; whole: boolean }> {
  const recorded = manifest.about.agents?.find(({ id }) => id === botId)
  const wanted =
    told?.sessions ?? recorded?.sessionIds?.map((id) => ({ id, tokens: null as number | null })) ?? null
  const startedAt = context.clock.monotonic()
  let found: Pick<BotCompared, 'missing' | 'otherTokens'> | null = null
  let there: boolean | null = null
  for (;;) {
    const { agents, sessions } = await restoration.look()
    if (agents.freshness === 'fresh') there = agents.value.some(({ id }) => id === botId)
    if (sessions.freshness === 'fresh') found = compareSessions(wanted ?? [], sessions.value, botId)
    const complete = there === true && found?.missing === 0 && found.otherTokens === 0
    if (complete || context.clock.monotonic() - startedAt >= PATIENCE_MS) break
    await context.clock.sleep(WAIT_MS)
  }
  const unusable = await restoration
    .persist(() => restoration.side.places(reals, { deadlineMs: PLACES_MS, fresh: true }))
    .catch((error: unknown) => {
      context.log.warn(
        { err: error, node: call.node().id },
        'the folders of a restored agent could not be looked at',
      )
      return null
    })
  const compared: BotCompared = {
    had: wanted?.length ?? null,
    missing: found?.missing ?? 0,
    otherTokens: found?.otherTokens ?? 0,
    unusable: [...(unusable ?? [])],
    unread: found === null || there === null || wanted === null || unusable === null,
  }
  const { missing, otherTokens, unread } = compared
  const whole = missing === 0 && otherTokens === 0 && compared.unusable.length === 0 && !unread
  return { compared, missing: there === false, whole }
}

function compareSessions(
  wanted: readonly { id: string; tokens: number | null }[],
  sessions: readonly SessionFacts[],
  botId: string,
): Pick<BotCompared, 'missing' | 'otherTokens'> {
  const own = new Map(
    sessions
      .filter(({ agentId }) => agentId === botId)
      .map(({ sessionId, context }) => [sessionId, context.used.value] as const),
  )
  const there = wanted.filter(({ id }) => own.has(id))
  const other = there.filter(({ id, tokens }) => {
    const now = own.get(id) ?? null
    return tokens !== null && now !== null && now !== tokens
  })
  return { missing: wanted.length - there.length, otherTokens: other.length }
}
