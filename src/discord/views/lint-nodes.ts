import type { LintList } from '../../operations/lint-nodes.ts'
import { lintList } from '../../presenters/lint-nodes.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { textsOf } from './told.ts'

/** What fits a card with the longest paths and commands. */
const ROOM = { findings: 6, nodes: 3 }

/** What is not as it seems on one node or on many, with what mends it. */
export function lintView(list: LintList, reader: Reader): Card {
  const told = lintList(list, ROOM, reader.ink)
  return makeCard({ colour: told.mood, texts: textsOf('🧹', told, reader.ink) })
}
