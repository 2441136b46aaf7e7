import type { SessionState } from './sessions.ts'

/** A time as OpenClaw puts it into file names. */
export function stamp(time: number): string {
  return new Date(time).toISOString().replaceAll(':', '-')
}

/** A transcript as JSON lines, the session header first. */
export function transcriptLines(session: SessionState): string[] {
  const header = { type: 'session', version: 3, id: session.sessionId, timestamp: session.sessionStartedAt }
  const messages = session.messages.map(({ role, text, at: timestamp }) => ({
    type: 'message',
    message: { role, content: [{ type: 'text', text }], timestamp },
  }))
  return [...(session.headerless ? [] : [header]), ...messages].map((line) => `${JSON.stringify(line)}\n`)
}
