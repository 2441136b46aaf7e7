import type { APIComponentInContainer } from 'discord.js'
import type { LintList } from '../../operations/lint-nodes.ts'
import { lintList, shownFindings } from '../../presenters/lint-nodes.ts'
import { type ButtonLook, buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { textsOf } from './told.ts'
import { wholeFile } from './told-file.ts'

/** What fits a card with the longest paths and commands. */
const ROOM = { findings: 6, nodes: 3 }
const WHOLE = { findings: 100_000, nodes: 10_000 }
const ROW = 5
/** Stands for every finding of a node that ocm can mend; no key is so short. */
export const ALL_FINDINGS = 'all'

/** What is not as it seems on one node or on many, with what mends it: by a button where ocm can do it. */
export function lintView(list: LintList, reader: Reader): Card {
  const { ink } = reader
  const mend = (_node: string, _finding: unknown, number: number) =>
    ink.strong(ink.t('button.fix', { number }))
  const told = lintList(list, { ...ROOM, mend }, ink)
  return makeCard({
    colour: told.mood,
    texts: textsOf('🧹', told, ink),
    controls: fixControls(list, reader),
    attachment: wholeFile(
      'findings.txt',
      (room) => lintList(list, { ...room, mend: mendCommand }, reader.plain),
      { shown: ROOM, whole: WHOLE },
    ),
  })
}

/** A file has no buttons. */
function mendCommand(node: string): string {
  return `/fleet fix node:${node}`
}

/** A button for each finding on the card that ocm can mend, and one for all of a node that has several. */
function fixControls(list: LintList, { ink }: Reader): APIComponentInContainer[] {
  const shown = shownFindings(list, ROOM)
  const single = shown.flatMap(({ id, shown: findings }) =>
    findings.flatMap(({ found, number }): ButtonLook[] =>
      number === null
        ? []
        : [{ id: encodeCustomId('fleet-fix', 'ask', id, found.key), label: ink.t('button.fix', { number }) }],
    ),
  )
  const whole = shown.flatMap(({ id }): ButtonLook[] => {
    const findings = list.rows.find((row) => row.id === id)?.findings ?? []
    if (findings.filter(({ by }) => by === 'ocm').length < 2) return []
    return [
      {
        id: encodeCustomId('fleet-fix', 'ask', id, ALL_FINDINGS),
        label: ink.t('button.fix-all', { node: id }),
        emoji: '🧹',
      },
    ]
  })
  const rows = [single.slice(0, ROW), single.slice(ROW), whole].filter((row) => row.length > 0)
  return rows.map((row) => buttonRow(row))
}
