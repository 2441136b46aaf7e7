import type { APIComponentInContainer } from 'discord.js'
import type { NodeStatus } from '../../operations/node-status.ts'
import { lastBackupText } from '../../presenters/backups.ts'
import { dotted, firstOf, reasonText } from '../../presenters/readings.ts'
import { finding, STATE_MOODS } from '../../presenters/told.ts'
import { buttonRow, type Card, type Colour, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import { clampPage, MOST_PAGES, paginate, textBudget } from '../paging.ts'
import type { Reader } from '../reader.ts'
import { agentSection, sessionSection } from './agents.ts'
import { factSections } from './facts.ts'
import { maintenanceText } from './maintenance.ts'
import { unreadOnce } from './readings.ts'
import { STATE_SYMBOLS, worstColour } from './symbols.ts'
import { findingText } from './told.ts'

const PAGES_WITHOUT_FILE = 3

/** Everything about one node: what is wrong and what to do first, then machine, gateway, agents and sessions. */
export function nodeStatusView(status: NodeStatus, reader: Reader, wanted = 1): Card {
  const { ink } = reader
  const note = ink.small(ink.t('note.full-text'))
  const budget = textBudget(headText(status, ink, MOST_PAGES, MOST_PAGES), note)
  const pages = paginate(sectionsOf(status, ink), budget)
  const page = clampPage(wanted, pages.length)
  const tooLong = pages.length > PAGES_WITHOUT_FILE
  const head = headText(status, ink, page, pages.length)
  return makeCard({
    colour: colourOf(status),
    texts: [tooLong ? `${head}\n${note}` : head, ...(pages[page - 1]?.texts ?? [])],
    file: tooLong ? { name: 'node-status.txt', text: fullText(status, reader.plain) } : undefined,
    controls: controls(status, ink, page, pages.length),
  })
}

function colourOf({ anomalies, snapshot, node }: NodeStatus): Colour {
  if (node.state === 'retired') return 'neutral'
  const found = anomalies.map(
    ({ severity }): Colour => (severity === 'critical' ? 'bad' : severity === 'warning' ? 'warning' : 'good'),
  )
  return worstColour([STATE_MOODS[snapshot.state], ...found])
}

function headText(
  { node, snapshot, backup, drilled }: NodeStatus,
  ink: DiscordInk,
  page: number,
  pages: number,
): string {
  const symbol = node.state === 'retired' ? '🗄️' : STATE_SYMBOLS[snapshot.state]
  const tags = node.tags.map((tag) => ink.remote(tag, 32))
  const record = node.state === 'active' ? null : ink.t(`record.${node.state}`)
  const why = node.stateReason && ink.remote(node.stateReason, 160)
  return [
    ink.title(`${symbol} ${ink.named(node)}`),
    dotted([record, why, ink.t(`state.${snapshot.state}`), tags.length > 0 && firstOf(ink, tags, 8)]),
    ...(node.maintenance ? [ink.small(`🔧 ${maintenanceText(node.maintenance, ink)}`)] : []),
    ink.small(`💾 ${lastBackupText({ backup, drilled }, ink)}`),
    ink.small(
      dotted([
        ink.code(`${node.sshUser}@${node.host}:${node.sshPort}`, 120),
        ink.t('word.observed', {}, { when: ink.time(snapshot.observedAt) }),
        ink.t('word.took', { ms: snapshot.tookMs }),
        pages > 1 && ink.t('word.page', { page, pages }),
      ]),
    ),
  ].join('\n')
}

function sectionsOf(status: NodeStatus, ink: DiscordInk) {
  const { anomalies, snapshot } = status
  const wrong =
    anomalies.length > 0
      ? {
          heading: ink.heading(ink.t('label.anomalies')),
          items: anomalies.map((anomaly) => findingText(finding(anomaly, ink), ink)),
        }
      : { heading: null, items: [`✅ ${ink.t('label.all-well')}`] }
  const { reason } = snapshot
  const isTold = reason !== null && anomalies.some((anomaly) => anomaly.reason?.code === reason.code)
  const told = isTold ? reasonText(ink, reason) : null
  const read = [...factSections(status, ink, told), agentSection(snapshot, ink), sessionSection(status, ink)]
  return [wrong, ...unreadOnce(read, ink, told)]
}

function fullText(status: NodeStatus, plain: DiscordInk): string {
  const sections = sectionsOf(status, plain).map(({ heading, items }) =>
    [heading, ...items].filter((line) => line !== null).join('\n'),
  )
  return `${[headText(status, plain, 1, 1), ...sections].join('\n\n')}\n`
}

function controls(
  { node, anomalies }: NodeStatus,
  ink: DiscordInk,
  page: number,
  pages: number,
): APIComponentInContainer[] {
  const id = (action: string, to: number) => encodeCustomId('node-status', action, node.id, to)
  const work =
    node.state === 'retired'
      ? [
          {
            id: encodeCustomId('node-unretire', 'run', node.id),
            label: ink.t('button.unretire'),
            emoji: '↩️',
          },
        ]
      : [
          { id: encodeCustomId('node-logs', 'open', node.id), label: ink.t('button.logs'), emoji: '📜' },
          { id: encodeCustomId('node-restart', 'ask', node.id), label: ink.t('button.restart'), emoji: '🔁' },
        ]
  const rows = [
    buttonRow([{ id: id('refresh', page), label: ink.t('button.refresh'), emoji: '🔄' }, ...work]),
  ]
  const port = anomalies.find(({ code }) => code === 'port-moved')?.params.found
  if (port !== undefined && node.state !== 'retired')
    rows.push(
      buttonRow([
        {
          id: encodeCustomId('node-edit', 'port', node.id, Number(port)),
          label: ink.t('button.take-port', { port: Number(port) }),
          emoji: '✏️',
        },
      ]),
    )
  if (pages > 1)
    rows.push(
      buttonRow([
        { id: id('page', page - 1), label: ink.t('button.previous'), emoji: '◀️', disabled: page <= 1 },
        { id: id('page', page + 1), label: ink.t('button.next'), emoji: '▶️', disabled: page >= pages },
      ]),
    )
  return rows
}
