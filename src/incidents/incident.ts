import { z } from 'zod'
import { CONDITION_CODES } from '../monitor/conditions.ts'
import { TOPICS } from '../monitor/signal.ts'

const level = z.enum(['notice', 'warning', 'critical'])
const time = z.number()
const params = z.record(z.string(), z.union([z.string(), z.number()]))

export const TIMELINE_KINDS = [
  'opened',
  'worse',
  'better',
  'cause',
  'reopened',
  'flapping',
  'unseen',
  'seen-again',
  'acknowledged',
  'snoozed',
  'unsnoozed',
  'woken',
  'escalated',
  'acted',
  'released',
  'reposted',
  'resolved',
  'paused',
  'resumed',
] as const

/** Why nobody looks at a node. */
const unwatchedSchema = z.enum(['maintenance', 'retired'])

/** One thing that happened to an incident. */
const timelineEntrySchema = z.strictObject({
  at: time,
  kind: z.enum(TIMELINE_KINDS),
  level: level.nullable(),
  /** Name of the person who did it; untrusted text. */
  by: z.string().max(128).nullable(),
  params,
  /** Whether it is worth a notification. */
  ping: z.boolean(),
})

/** A condition that is open over time: one message, edited through its life. All times are epoch milliseconds. */
export const incidentSchema = z.strictObject({
  id: z.string(),
  key: z.string(),
  topic: z.enum(TOPICS),
  subject: z.strictObject({
    nodeId: z.string().nullable(),
    agentId: z.string().nullable(),
    sessionKey: z.string().nullable(),
  }),
  state: z.enum(['open', 'acknowledged', 'snoozed', 'resolved']),
  level,
  peak: level,
  cause: z.enum(CONDITION_CODES),
  /** Every cause since it opened: each is announced once. */
  causes: z.array(z.enum(CONDITION_CODES)).default([]),
  params,
  openedAt: time,
  /** When the present level was reached, or looked at again after a pause. */
  levelSince: time,
  resolvedAt: time.nullable(),
  acknowledged: z.strictObject({ by: z.string(), at: time }).nullable(),
  snoozed: z.strictObject({ by: z.string(), until: time, level }).nullable(),
  reopenedAt: z.array(time),
  flapping: z.boolean(),
  /** Since when every look said that it is over; null while it is not. */
  clearSince: time.nullable(),
  /** Since when it could not be seen; null while it can. */
  unseenSince: time.nullable(),
  /** Nobody looks at its node: it is as it was, calls nobody and ends by nothing. Null while its node is watched. */
  paused: z.strictObject({ since: time, why: unwatchedSchema }).nullable().default(null),
  notifiedLevel: level,
  notifiedAt: time,
  escalatedAt: time.nullable(),
  /**
   * `held`: not shown (yet): quiet hours, a mute, or part of a wider incident; `own`: its own message; `digest`: a line
   * of a digest; `dropped`: its message was deleted by hand twice.
   */
  place: z.enum(['held', 'own', 'digest', 'dropped']),
  /** The digests that list it. */
  digestIds: z.array(z.string()).default([]),
  /** The last things that happened to it. */
  timeline: z.array(timelineEntrySchema),
  /** How many entries before those are forgotten. */
  timelineStart: z.int().default(0),
  /** Grows with everything that a reader would see. */
  revision: z.int(),
})

/** The last looks at one subject, newest last. */
export const watchSchema = z.strictObject({
  levels: z.array(level.nullable()),
  holds: z.array(level.nullable()),
  epoch: z.string().nullable(),
  at: time,
})

/** Many incidents in one message. */
export const digestSchema = z.strictObject({
  id: z.string(),
  openedAt: time,
  lastAddedAt: time,
  /** How many of its lines are forgotten: incidents that were over for long. */
  forgotten: z.int().default(0),
  revision: z.int(),
})

export const muteSchema = z.strictObject({
  nodeId: z.string().nullable(),
  agentId: z.string().nullable(),
  tag: z.string().nullable(),
  until: time,
  by: z.string(),
})

/** What is counted over all incidents. */
export const countersSchema = z.strictObject({
  nextNumber: z.int().min(1),
  /** Times of the messages posted in the last hour. */
  posts: z.array(time),
  /** About when the last step was taken while posts or digests count; tells a jump of the clock from time passing. */
  steppedAt: time.nullable().default(null),
})

/** All incidents with what belongs to them, in one piece. */
export const incidentStateSchema = z.strictObject({
  ...countersSchema.shape,
  version: z.literal(1),
  incidents: z.array(incidentSchema),
  watches: z.record(z.string(), watchSchema),
  digests: z.array(digestSchema.extend({ members: z.array(z.string()) })),
  mutes: z.array(muteSchema),
})

export type Unwatched = z.infer<typeof unwatchedSchema>
export type Incident = z.infer<typeof incidentSchema>
export type TimelineEntry = z.infer<typeof timelineEntrySchema>
export type TimelineKind = TimelineEntry['kind']
export type Watch = z.infer<typeof watchSchema>
export type Digest = z.infer<typeof digestSchema>
export type Counters = z.infer<typeof countersSchema>
export type Mute = z.infer<typeof muteSchema>
export type IncidentState = z.infer<typeof incidentStateSchema>
