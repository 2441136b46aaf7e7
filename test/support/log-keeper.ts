import type { Log } from '../../src/base/log.ts'

/** A log that keeps its lines, for what only the person who runs ocm is told. */
export interface KeptLog extends Log {
  lines: { level: string; fields: Record<string, unknown>; message: string }[]
}

export function keepLog(): KeptLog {
  const lines: KeptLog['lines'] = []
  const level = (name: string) => (fields: object, message: string) =>
    void lines.push({ level: name, fields: { ...fields }, message })
  return { lines, debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') }
}
