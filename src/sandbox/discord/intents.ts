import { asRecord, asRecords, type Json } from './json.ts'

const GUILDS = 1 << 0
const GUILD_MESSAGES = 1 << 9
const DIRECT_MESSAGES = 1 << 12
const MESSAGE_CONTENT = 1 << 15

/** Members, presences, message content: only for applications that were allowed them. */
export const PRIVILEGED_INTENTS = (1 << 1) | (1 << 8) | MESSAGE_CONTENT

/** Every intent that exists: 0 to 16, 20, 21, 24, 25. */
export const VALID_INTENTS = 0x1ffff | (3 << 20) | (3 << 24)

/**
 * What a session with these intents gets of an event: null for nothing. Without the content intent a message arrives with
 * its content blanked, except the bot's own, those that mention it and direct messages.
 */
export function forIntents(event: string, data: Json, intents: number, botId: string): Json | null {
  if (event.startsWith('MESSAGE_')) return forMessageIntents(event, data, intents, botId)
  const needsGuilds = /^(GUILD|CHANNEL|THREAD)_/.test(event)
  return needsGuilds && (intents & GUILDS) === 0 ? null : data
}

function forMessageIntents(event: string, data: Json, intents: number, botId: string): Json | null {
  const isDirect = data.guild_id === undefined
  if ((intents & (isDirect ? DIRECT_MESSAGES : GUILD_MESSAGES)) === 0) return null
  const isFull =
    event === 'MESSAGE_DELETE' ||
    isDirect ||
    (intents & MESSAGE_CONTENT) !== 0 ||
    asRecord(data.author)?.id === botId ||
    asRecords(data.mentions).some((user) => user.id === botId)
  return isFull ? data : { ...data, content: '', embeds: [], attachments: [], components: [] }
}
