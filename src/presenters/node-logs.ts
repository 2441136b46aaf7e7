import type { NodeLogs } from '../operations/node-logs.ts'
import type { Ink } from './ink.ts'

/** What a log is: how much of it, from where, how it ended, and whether secrets were taken out. */
export function logFacts(logs: NodeLogs, ink: Ink): { facts: readonly string[]; redacted: string | null } {
  return {
    facts: [
      ink.t('logs.lines', { count: logs.lines.length }),
      ink.t(`log-source.${logs.source}`),
      ink.t(`logs.ended.${logs.endedBy}`),
    ],
    redacted: logs.redactions > 0 ? ink.t('logs.redacted', { count: logs.redactions }) : null,
  }
}
