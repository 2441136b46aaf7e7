import type { FailureKind, OperatorError } from '../../base/errors.ts'
import { type Card, type Colour, makeCard } from '../card.ts'
import { cut, toCodeBlock } from '../markdown.ts'
import type { Reader } from '../reader.ts'
import { type PressedBy, pressedLine } from './confirm.ts'

const DETAIL_MAX = 1500

const COLOURS: Record<FailureKind, Colour> = {
  usage: 'neutral',
  refused: 'warning',
  stopped: 'neutral',
  failed: 'bad',
  unknown: 'unknown',
  internal: 'bad',
}
const SYMBOLS: Record<FailureKind, string> = {
  usage: '✋',
  refused: '⛔',
  stopped: '⏹️',
  failed: '❌',
  unknown: '❔',
  internal: '💥',
}

/** What went wrong, what to do next, and the id under which the log has the rest. */
export function errorView(
  error: Pick<OperatorError, 'code' | 'params' | 'kind' | 'detail' | 'incident'>,
  reader: Reader,
  pressed: PressedBy | null = null,
): Card {
  const { ink } = reader
  const detail = error.detail?.trim()
  return makeCard({
    colour: COLOURS[error.kind],
    texts: [
      [
        `${SYMBOLS[error.kind]} ${ink.strong(ink.coded(`error.${error.code}`, error.params))}`,
        `→ ${ink.coded(`error.${error.code}.next`, error.params)}`,
      ].join('\n'),
      detail ? toCodeBlock(cut(detail, DETAIL_MAX).split('\n')) : '',
      [
        pressedLine(pressed, reader),
        error.incident ? ink.small(ink.t('word.error-id', {}, { id: ink.code(error.incident, 60) })) : '',
      ]
        .filter(Boolean)
        .join('\n'),
    ],
  })
}

/** A plain note, for what is neither an answer nor an error. */
export function noteView(text: string): Card {
  return makeCard({ colour: 'neutral', texts: [text] })
}
