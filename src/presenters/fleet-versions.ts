import type { VersionList } from '../operations/fleet-versions.ts'
import { namesOf, type Room, tagLines } from './fleet.ts'
import type { Ink } from './ink.ts'
import { dotted } from './readings.ts'
import { fact, lines, type Told, text } from './told.ts'

/** Which versions there are, and who runs something else than most. */
export function versionList(list: VersionList, room: Room, ink: Ink): Told {
  const { versions, majority, apart, unread, tags } = list
  const more = versions.length - room.versions
  const namesIn = (ids: readonly string[]) =>
    namesOf(
      ids.map((id) => ({ id })),
      room.left,
      ink,
    )
  const versionLine = ({ version, nodes }: VersionList['versions'][number]) =>
    fact(
      `OpenClaw ${ink.remote(version, 30)}`,
      dotted([ink.t('fleet.nodes', { count: nodes.length }), namesIn(nodes)]),
    )
  const counted = (key: 'fleet.versions.apart' | 'fleet.versions.unread', ids: readonly string[]) =>
    ids.length > 0 && text(ink.t(key, { count: ids.length }, { names: namesIn(ids) }), 'warning')
  const same = apart.length === 0 && unread.length === 0 && versions.length === 1
  return {
    mood: apart.length > 0 || unread.length > 0 ? 'warning' : 'neutral',
    title: ink.t('fleet.versions.title', { count: list.rows.length }),
    lead: lines(
      ...tagLines(tags, ink),
      ...versions.slice(0, room.versions).map(versionLine),
      more > 0 && text(ink.t('word.more', { count: more })),
    ),
    parts: [
      lines(
        majority === null && versions.length > 1 && text(ink.t('fleet.versions.no-majority'), 'warning'),
        counted('fleet.versions.apart', apart),
        counted('fleet.versions.unread', unread),
        same && text(ink.t('fleet.versions.same'), 'well'),
      ),
    ],
  }
}
