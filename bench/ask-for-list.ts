import type { startDiscord } from '../src/sandbox/discord/start-discord.ts'

type Discord = Awaited<ReturnType<typeof startDiscord>>

/** Milliseconds until a person saw that the bot works, and until the first figures. */
export interface Answered {
  acknowledged: number
  shown: number
}

/** Discord's limit for the first answer. */
const TOO_LATE_MS = 3_000

/** Types `/node list`. */
export async function askForList(
  discord: Discord,
  as: Parameters<Discord['control']['slash']>[0],
): Promise<Answered> {
  const started = performance.now()
  const { id } = await discord.control.slash(as, ['node', 'list'])
  let acknowledged = Number.NaN
  await discord.until(() => {
    const { state } = discord.control.interaction(id)
    if (state === 'failed') return true
    if (state !== 'waiting' && Number.isNaN(acknowledged)) acknowledged = performance.now() - started
    return state === 'answered'
  }, 30_000)
  // A command that nobody acknowledged counts with what Discord grants it.
  if (Number.isNaN(acknowledged)) return { acknowledged: TOO_LATE_MS, shown: TOO_LATE_MS }
  return { acknowledged, shown: performance.now() - started }
}
