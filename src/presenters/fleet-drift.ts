import type { Difference, DriftGroup, DriftList } from '../operations/fleet-drift.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, reasonText } from './readings.ts'
import { aside, fact, type Line, lines, type Told, text } from './told.ts'

/** For how much there is room in a face. */
export interface DriftRoom {
  /** Differences over all groups. */
  differences: number
  /** Names of nodes that were not read. */
  nodes: number
}

const PATH = 80
const VALUE = 40

/** In what nodes differ from most of their kind. */
export function driftList(list: DriftList, room: DriftRoom, ink: Ink): Told {
  const { tags, groups, alone, unread } = list
  const compared = new Set(groups.flatMap(({ nodes }) => nodes)).size
  const differs = groups.filter(({ apart, mixed }) => apart.length > 0 || mixed.length > 0)
  const same = groups.length > differs.length && compared > 0
  let left = room.differences
  const parts = differs.map((group) => {
    const all = groupLines(group, ink)
    const shown = all.slice(0, left)
    left -= shown.length
    const more = all.length - shown.length + group.apart.reduce((sum, node) => sum + node.more, 0)
    return lines(
      fact(groupName(group, ink), ink.t('fleet.nodes', { count: group.nodes.length })),
      ...shown,
      more > 0 && aside(ink.t('word.more', { count: more })),
    )
  })
  return {
    mood: differs.length > 0 || unread.length > 0 ? 'warning' : 'neutral',
    title: ink.t('drift.title', { count: compared }),
    lead: lines(tags.length > 0 && fact(ink.t('label.tags'), tags.map((tag) => ink.code(tag)).join(', '))),
    parts: [
      ...parts,
      lines(
        compared === 0 && text(ink.t('drift.nobody')),
        same &&
          text(
            ink.t(
              'drift.alike',
              {},
              {
                names: firstOf(
                  ink,
                  groups.filter((group) => !differs.includes(group)).map((group) => groupName(group, ink)),
                  room.nodes,
                ),
              },
            ),
            'well',
          ),
        compared > 0 &&
          alone.length > 0 &&
          aside(
            ink.t(
              'drift.alone',
              {},
              {
                names: firstOf(
                  ink,
                  alone.map((id) => ink.code(id)),
                  room.nodes,
                ),
              },
            ),
          ),
        unread.length > 0 && aside(ink.t('drift.unread', {}, { names: unreadNames(unread, room, ink) })),
      ),
    ],
  }
}

function groupName({ tag }: DriftGroup, ink: Ink): string {
  return tag === null ? ink.t('drift.bare') : ink.code(tag)
}

function groupLines({ apart, mixed }: DriftGroup, ink: Ink): Line[] {
  return [
    ...apart.flatMap(({ id, differences }) =>
      differences.map((one): Line => ({ kind: 'item', text: differenceText(id, one, ink) })),
    ),
    ...mixed.map(
      ({ path, values }): Line => ({
        kind: 'item',
        text: ink.t('drift.mixed', { values }, { path: ink.code(path, PATH) }),
      }),
    ),
  ]
}

function differenceText(id: string, { path, has, most, secret }: Difference, ink: Ink): string {
  const names = { node: ink.code(id), path: ink.code(path, PATH) }
  if (secret) return ink.t('drift.secret', {}, names)
  const value = (shown: string | null) => (shown === null ? ink.t('drift.unset') : ink.code(shown, VALUE))
  return ink.t('drift.differs', {}, { ...names, has: value(has), most: value(most) })
}

/** Each reason once, with the nodes that have it. */
function unreadNames(unread: DriftList['unread'], { nodes }: DriftRoom, ink: Ink): string {
  const byReason = new Map<string, string[]>()
  for (const { id, reason } of unread) {
    const why = reasonText(ink, { ...reason, detail: '' })
    byReason.set(why, [...(byReason.get(why) ?? []), ink.code(id)])
  }
  return dotted([...byReason].map(([why, ids]) => `${firstOf(ink, ids, nodes)} (${why})`))
}
