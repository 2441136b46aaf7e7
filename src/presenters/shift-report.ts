import type { OpenOne, Overview } from '../operations/overview.ts'
import { causeWords, muteScope, whoText } from './incident.ts'
import type { Ink } from './ink.ts'
import { dotted } from './readings.ts'
import { type Fact, type Line, lines, type Mood, type Told, text } from './told.ts'

/** For how many lines of each kind there is room in a face. */
export type ShiftRoom = number

const NAME = 40

/** How the fleet stands: what is wrong first, then what goes on, then what was put aside. */
export function shiftReport(overview: Overview, room: ShiftRoom, ink: Ink): Told {
  const { open, snoozed, mutes, jobs, maintenance } = overview
  const node = (one: { id: string; name: string }) => ink.remote(one.name, NAME)
  return {
    mood: moodOf(overview),
    title: ink.t('shift.title'),
    lead: lines(counts(overview, ink), ...notServing(overview, ink)),
    parts: [
      section(
        ink.t('shift.open', { count: open.length }),
        open.map((one) => incidentText(one, ink)),
        { room, ink, none: ink.t('shift.nothing-open') },
      ),
      section(
        ink.t('shift.jobs', { count: jobs.length }),
        jobs.map(({ operation, nodeId, startedAt }) =>
          dotted([
            ink.coded(`operation.${operation}` as never),
            nodeId !== null && ink.code(nodeId, NAME),
            ink.time(Date.parse(startedAt)),
          ]),
        ),
        { room, ink },
      ),
      section(
        ink.t('shift.snoozed', { count: snoozed.length + mutes.length }),
        [
          ...snoozed.map((one) =>
            dotted([
              whoText(one, ink, NAME),
              ink.t(`topic.${one.incident.topic}`),
              one.incident.snoozed &&
                ink.t('shift.until', {}, { when: ink.time(one.incident.snoozed.until, 'f') }),
            ]),
          ),
          ...mutes.map((mute) =>
            dotted([
              muteScope(mute, ink) ?? ink.t('shift.all-muted'),
              ink.t('shift.until', {}, { when: ink.time(mute.until, 'f') }),
            ]),
          ),
        ],
        { room, ink },
      ),
      section(
        ink.t('shift.maintenance', { count: maintenance.length }),
        maintenance.map((one) =>
          dotted([
            node(one),
            one.until !== null && ink.t('shift.until', {}, { when: ink.time(one.until, 'f') }),
          ]),
        ),
        { room, ink },
      ),
      lines(...backupLines(overview, ink), seenLine(overview, ink)),
    ].filter((part) => part.length > 0),
  }
}

function moodOf({ open, seenSince, watched }: Overview): Mood {
  const worst = open[0]?.incident.level
  if (worst === 'critical') return 'bad'
  if (worst === 'warning') return 'warning'
  return watched > 0 && seenSince === null ? 'unknown' : 'good'
}

function counts({ registered, watched, states }: Overview, ink: Ink): Line {
  const facts: Fact[] = [
    [ink.t('shift.registered'), ink.number(registered)],
    [ink.t('shift.watched'), ink.number(watched)],
    [ink.t('state.serving'), ink.number(states.serving)],
  ]
  return { kind: 'facts', facts }
}

function notServing({ states }: Overview, ink: Ink): Line[] {
  const found = (['unreachable', 'service-down', 'not-serving', 'unknown'] as const).filter(
    (state) => states[state] > 0,
  )
  if (found.length === 0) return []
  const facts = found.map((state): Fact => [ink.t(`state.${state}`), ink.number(states[state])])
  return [{ kind: 'facts', facts }]
}

function incidentText(one: OpenOne, ink: Ink): string {
  const { incident } = one
  const sign = ink.paint(
    incident.level === 'critical' ? 'bad' : incident.level === 'warning' ? 'warning' : 'dim',
    ink.t(`level.${incident.level}`),
  )
  const { acknowledged } = incident
  return dotted([
    `${sign} ${whoText(one, ink, NAME)}`,
    causeWords(incident, ink).text,
    ink.time(incident.openedAt),
    acknowledged && ink.t('shift.taken', { who: acknowledged.by.slice(0, NAME) }),
    incident.id,
  ])
}

/** A count and some of what it counts; nothing where there is nothing, unless that is worth a line. */
function section(
  title: string,
  items: readonly string[],
  { room, ink, none }: { room: number; ink: Ink; none?: string },
): Line[] {
  if (items.length === 0) return none === undefined ? [] : [text(none, 'well')]
  const more = items.length - room
  return lines(
    text(title),
    ...items.slice(0, room).map((item): Line => ({ kind: 'item', text: item })),
    more > 0 && { kind: 'item', text: ink.t('word.more', { count: more }) },
  )
}

function backupLines({ backups }: Overview, ink: Ink): (Line | false)[] {
  const { oldest, without, unread } = backups
  return [
    oldest !== null &&
      text(
        ink.t(
          'shift.oldest-backup',
          {},
          { node: ink.remote(oldest.name, NAME), when: ink.time(oldest.takenAt) },
        ),
      ),
    without > 0 && text(ink.t('shift.without-backup', { count: without }), 'warning'),
    unread > 0 && text(ink.t('shift.backup-unread', { count: unread })),
  ]
}

function seenLine({ seenSince, watched }: Overview, ink: Ink): Line | false {
  if (watched === 0) return false
  if (seenSince === null) return text(ink.t('shift.not-seen'), 'waiting')
  return text(ink.t('shift.seen', {}, { when: ink.time(seenSince) }))
}
