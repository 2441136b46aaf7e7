import type { BindingFacts } from '../openclaw/snapshot.ts'
import type { BotList, BotRow } from '../operations/list-bots.ts'
import type { Ink } from './ink.ts'
import { firstOf } from './readings.ts'

const MOST_CHANNELS = 6
const LONGEST_NAME = 80

/** The channels whose messages go to a bot, as far as they are known. */
export function channelsText({ bindings, isDefault }: BotRow, ink: Ink): string {
  if (bindings.freshness === 'unknown') return ink.t('bots.channels-unknown')
  const names = bindings.value.map((binding) => ink.code(bindingName(binding), LONGEST_NAME))
  const parts = [
    ...(names.length === 0 ? [] : [firstOf(ink, names, MOST_CHANNELS)]),
    ...(isDefault ? [ink.t('bots.unbound-rest')] : []),
  ]
  return parts.length === 0 ? ink.t('bots.unbound') : parts.join(', ')
}

/** A binding as people type it: `discord:ops`, and what part of it is meant. */
export function bindingName({ channel, account, part }: Omit<BindingFacts, 'agentId'>): string {
  return `${channel}${account === null ? '' : `:${account}`}${part === null ? '' : ` (${part})`}`
}

/** The sums of a list. A node whose bots are not known is counted apart, never as one without any. */
export function botCounts({ nodes }: BotList): {
  bots: number
  nodes: number
  unread: number
  pending: number
} {
  const known = nodes.flatMap(({ bots }) => (bots.freshness === 'unknown' ? [] : [bots.value.length]))
  const pending = nodes.filter((node) => node.pending).length
  return {
    bots: known.reduce((sum, count) => sum + count, 0),
    nodes: known.length,
    unread: nodes.filter((node) => node.bots.freshness === 'unknown' && !node.pending).length,
    pending,
  }
}
