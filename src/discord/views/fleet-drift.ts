import type { DriftList } from '../../operations/fleet-drift.ts'
import { driftList } from '../../presenters/fleet-drift.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { textsOf } from './told.ts'
import { wholeFile } from './told-file.ts'

/** What fits a card with the longest paths and values. */
const ROOM = { differences: 10, nodes: 3 }
const WHOLE = { differences: 100_000, nodes: 10_000 }

/** In what nodes differ from most of those with the same tag. */
export function driftView(list: DriftList, reader: Reader): Card {
  const told = driftList(list, ROOM, reader.ink)
  const attachment = wholeFile('drift.txt', (room) => driftList(list, room, reader.plain), {
    shown: ROOM,
    whole: WHOLE,
  })
  return makeCard({ colour: told.mood, texts: textsOf('🧭', told, reader.ink), attachment })
}
