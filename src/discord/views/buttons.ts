import type { ButtonLook } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'

/** Opens the status of a node. */
export function statusButton(nodeId: string, ink: DiscordInk): ButtonLook {
  return { id: encodeCustomId('node-status', 'open', nodeId), label: ink.t('button.status'), emoji: '🩺' }
}

/** Opens the log of a node. */
export function logsButton(nodeId: string, ink: DiscordInk): ButtonLook {
  return { id: encodeCustomId('node-logs', 'open', nodeId), label: ink.t('button.logs'), emoji: '📜' }
}

/** Takes a retired node back. */
export function unretireButton(nodeId: string, ink: DiscordInk): ButtonLook {
  return { id: encodeCustomId('node-unretire', 'run', nodeId), label: ink.t('button.unretire'), emoji: '↩️' }
}
