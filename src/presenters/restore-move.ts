import type { RestoreMove } from '../operations/restore-move.ts'
import type { RestoreResult } from '../operations/restore-node.ts'
import type { Ink } from './ink.ts'
import { firstOf } from './readings.ts'
import { type Line, lines, text } from './told.ts'

const SETTINGS_SHOWN = 2
const NAME = 60
const VALUE = 24

/** Whose backup it is, and how it stands with that node. */
export function moveLines({ from, original, startsAtBoot, agentsThere }: RestoreMove, ink: Ink): Line[] {
  const node = ink.code(from, NAME)
  return lines(
    text(ink.t('restore.ask.from', {}, { node })),
    original === 'stopped'
      ? text(ink.t('restore.ask.original-stopped', {}, { node }), 'well')
      : text(ink.t('restore.ask.original-suspect', {}, { node }), 'alarm'),
    startsAtBoot === true && text(ink.t('restore.ask.original-at-boot', {}, { node }), 'warning'),
    agentsThere !== null &&
      agentsThere > 0 &&
      text(ink.t('restore.ask.agents-there', { count: agentsThere }), 'warning'),
  )
}

/** What is another on the other node: paths where the home differs, and what may not be there twice. */
export function rewrittenLines(move: RestoreMove, ink: Ink): Line[] {
  const { home, rewritten, rewrittenCount, variables, notRewritten } = move
  const shown = rewritten.slice(0, SETTINGS_SHOWN)
  const value = (one: string | null) => (one === null ? '–' : ink.code(one, VALUE))
  return lines(
    home === null
      ? text(ink.t('restore.ask.same-home'))
      : text(
          ink.t(
            'restore.ask.other-home',
            {},
            { before: ink.code(home.before, VALUE), after: ink.code(home.after, VALUE) },
          ),
          'warning',
        ),
    text(ink.t('restore.ask.rewritten', { count: rewrittenCount })),
    ...shown.map(
      ({ path, before, after }): Line => ({
        kind: 'item',
        text:
          path === 'gateway.auth'
            ? ink.t('restore.ask.own-secret', {}, { path: ink.code(path, VALUE) })
            : `${ink.code(path, VALUE)}: ${value(before)} → ${value(after)}`,
      }),
    ),
    rewrittenCount > shown.length && {
      kind: 'item',
      text: ink.t('word.more', { count: rewrittenCount - shown.length }),
    },
    variables.length > 0 &&
      text(
        ink.t(
          'restore.ask.own-variables',
          {},
          {
            names: firstOf(
              ink,
              variables.map((name) => ink.code(name, VALUE)),
              SETTINGS_SHOWN,
            ),
          },
        ),
      ),
    notRewritten.length > 0 &&
      text(
        ink.t(
          'restore.ask.not-rewritten',
          {},
          { what: notRewritten.map((one) => ink.t(`restore.ask.not-rewritten.${one}`)).join(', ') },
        ),
        'warning',
      ),
    text(ink.t('restore.ask.own-unit')),
  )
}

/** What is left to do with the node that it was. */
export function movedLines({ moved, state }: RestoreResult, ink: Ink): Line[] {
  if (moved === null || state === 'before') return []
  const node = ink.code(moved.from, NAME)
  return [
    moved.suspect
      ? text(ink.t('restore.moved.suspect', {}, { node }), 'alarm')
      : text(ink.t('restore.moved', {}, { node }), 'warning'),
  ]
}
