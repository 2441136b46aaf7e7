import { localTime } from '../base/local-time.ts'
import type { Severity } from '../monitor/conditions.ts'
import type { Topic } from '../monitor/signal.ts'

const MINUTE = 60_000

/** How many looks it takes. */
export interface Confirmation {
  /** A level counts once `needed` of the last `of` looks reached it. */
  needed: number
  of: number
  /** Looks in a row that must be clear before it is over. */
  clear: number
}

/** How calm the incidents are. All times in milliseconds. */
export interface IncidentSettings {
  confirmation: Record<Topic, Confirmation>
  /** A level is not announced again within this time, unless a higher one is reached. */
  coolDown: Record<Severity, number>
  /** A condition that returns within this time reopens its incident instead of making a new one. */
  reopenWithin: number
  /** Reopened this often within an hour, an incident is flapping and stays open until it is quiet for `flapQuiet`. */
  flapCount: number
  flapQuiet: number
  /** Messages of their own in ten minutes and in an hour; what is over goes into the digest. */
  burst: number
  hourly: number
  /** How long a digest takes new lines. */
  digestOpen: number
  /** A critical incident that nobody acknowledged is escalated once after this. */
  escalateAfter: number
  /** Minutes after midnight in a time zone (IANA name) between which only critical incidents are posted; null: never. */
  quietHours: { from: number; to: number; zone: string } | null
  /** How many incidents about its sessions a node may have open; the rest is one incident about the node. */
  sessionsPerNode: number
  /** How long and how many resolved incidents are kept. */
  keepResolved: number
  keepAtMost: number
}

/** A counter is a fact once it is fresh; everything measured by sampling must be seen more than once. */
const fact: Confirmation = { needed: 1, of: 1, clear: 1 }
const sample: Confirmation = { needed: 2, of: 3, clear: 2 }

export const defaultIncidentSettings: IncidentSettings = {
  confirmation: {
    context: fact,
    compaction: fact,
    runaway: sample,
    availability: sample,
    watch: sample,
    disk: sample,
    memory: sample,
    backup: fact,
    'backup-store': fact,
    'backup-copies': fact,
    'host-key': fact,
    suspect: fact,
    blind: sample,
    crowd: fact,
  },
  coolDown: { notice: 30 * MINUTE, warning: 15 * MINUTE, critical: 5 * MINUTE },
  reopenWithin: 10 * MINUTE,
  flapCount: 2,
  flapQuiet: 10 * MINUTE,
  burst: 2,
  hourly: 12,
  digestOpen: 30 * MINUTE,
  escalateAfter: 15 * MINUTE,
  quietHours: null,
  sessionsPerNode: 100,
  keepResolved: 7 * 24 * 60 * MINUTE,
  keepAtMost: 500,
}

/** Whether `now` lies in the quiet hours; they may span midnight. */
export function isQuiet(settings: IncidentSettings, now: number): boolean {
  if (!settings.quietHours) return false
  const { from, to, zone } = settings.quietHours
  const { minute } = localTime(now, zone)
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to
}
