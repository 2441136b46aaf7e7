import type { NodeStatus } from '../../operations/node-status.ts'
import { type FactSection, factSections as sectionsOf } from '../../presenters/node-status.ts'
import type { DiscordInk } from '../ink.ts'
import type { Section } from '../paging.ts'
import { unreadSection } from './readings.ts'

const CHANNELS_SHOWN = 8

const SYMBOLS: Record<FactSection['part'], string> = {
  machine: '🖥️',
  service: '⚙️',
  openclaw: '🦞',
  gateway: '📡',
}

/** The machine, the service, OpenClaw's installation and the gateway, one section each. */
export function factSections(
  seen: Pick<NodeStatus, 'snapshot' | 'levels'>,
  ink: DiscordInk,
  told: string | null,
): Section[] {
  return sectionsOf(seen, ink, { told, mostChannels: CHANNELS_SHOWN }).map(
    ({ part, title, facts, unread }) =>
      unread !== null
        ? unreadSection(ink, title, unread)
        : {
            heading: ink.heading(`${SYMBOLS[part]} ${title}`),
            items: facts.map(([label, value]) => `${ink.strong(label)} ${value}`),
          },
  )
}
