import type { APIComponentInContainer } from 'discord.js'
import type { TextKey } from '../../text/params.ts'
import { buttonRow, type Card, type Colour, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'

/** Who asked for what, and until when it holds. */
export interface AskedBy {
  id: string
  requesterId: string
  requesterName: string
  /** Epoch ms. */
  expiresAt: number
}

export type ConfirmLabel = Extract<TextKey, `button.confirm-${string}`>
/** What nobody loses anything by. */
const HARMLESS: ReadonlySet<ConfirmLabel> = new Set([
  'button.confirm-register',
  'button.confirm-add',
  'button.confirm-compact',
  'button.confirm-add-bot',
])

/** The two buttons under a question, and the line that says whose they are. */
export function confirmControls(
  asked: AskedBy,
  reader: Reader,
  label: ConfirmLabel,
): { line: string; controls: APIComponentInContainer[] } {
  const { ink } = reader
  const who = ink.person(asked.requesterId, asked.requesterName)
  return {
    line: ink.small(ink.t('confirm.asked', {}, { who, when: ink.time(asked.expiresAt) })),
    controls: [
      buttonRow([
        {
          id: encodeCustomId('confirm', 'yes', asked.id),
          label: ink.t(label),
          style: HARMLESS.has(label) ? 'success' : 'danger',
        },
        { id: encodeCustomId('confirm', 'no', asked.id), label: ink.t('button.cancel') },
      ]),
    ],
  }
}

/** Who pressed, for the cards that follow. */
export interface PressedBy {
  id: string
  name: string
  /** Epoch ms. */
  at: number
}

/** The line that names who confirmed. */
export function pressedLine(pressed: PressedBy | null, reader: Reader): string {
  if (!pressed) return ''
  const { ink } = reader
  const who = ink.person(pressed.id, pressed.name)
  return ink.small(ink.t('confirm.pressed', {}, { who, when: ink.time(pressed.at) }))
}

/** What is left of a question that was cancelled, ran out, or was cut short by a stop of the bot. */
export function closedQuestionView(
  closed:
    | { how: 'cancelled'; by: PressedBy }
    | { how: 'expired'; at: number }
    | { how: 'interrupted'; at: number },
  question: string,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = ink.strong(ink.remote(question, 200))
  const [colour, text] = closedText(closed, reader)
  return makeCard({ colour, texts: [`${title}\n${text}`] })
}

function closedText(
  closed: Parameters<typeof closedQuestionView>[0],
  { ink }: Reader,
): readonly [Colour, string] {
  switch (closed.how) {
    case 'cancelled': {
      const marked = { who: ink.person(closed.by.id, closed.by.name), when: ink.time(closed.by.at) }
      return ['unknown', `🚫 ${ink.t('confirm.cancelled', {}, marked)}`]
    }
    case 'expired':
      return ['unknown', `⌛ ${ink.t('confirm.expired', {}, { when: ink.time(closed.at) })}`]
    case 'interrupted':
      return [
        'warning',
        `❔ ${ink.t('confirm.interrupted')}\n${ink.small(`→ ${ink.t('restart.unknown.next')}`)}`,
      ]
  }
}
