import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { readHistory } from '../openclaw/methods/sessions.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { Context } from './context.ts'

/** What became of the transcript before the session was changed. */
export type SavedTranscript = { saved: true; name: string; bytes: number } | { saved: false; reason: Reason }

const DEADLINE_MS = 30_000
const MESSAGES = 1_000

/**
 * Keeps what was said in a session before it is changed, through `chat.history` (both versions). OpenClaw keeps its
 * own copy through a reset and a compaction, so a failure here is told and does not stop the change.
 */
export async function saveTranscript(
  context: Context,
  link: NodeLink,
  sessionKey: string,
): Promise<SavedTranscript> {
  try {
    const messages = await readHistory(link, sessionKey, { limit: MESSAGES, deadlineMs: DEADLINE_MS })
    const at = context.clock.now()
    return {
      saved: true,
      ...(await context.transcripts.save({ nodeId: link.nodeId, sessionKey, at, messages })),
    }
  } catch (error) {
    context.log.warn({ err: error, node: link.nodeId }, 'a transcript could not be saved')
    const remote = error instanceof OperatorError || error instanceof z.ZodError
    return { saved: false, reason: { code: remote ? 'gateway-error' : 'disk-full' } }
  }
}
