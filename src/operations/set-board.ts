import { z } from 'zod'
import { type Board, wantedBoard } from './board-record.ts'
import type { Context } from './context.ts'
import { defineOperation, type Outcome } from './operation.ts'

/** A running bot needs no longer for a message and its pin, also while Discord makes it wait. */
const SETTLE_MS = 15_000

/** set-board: what became of it. */
export interface SetBoard {
  on: boolean
  /** Null is the channel of the alerts. */
  channelId: string | null
  /** `waiting`: no running bot has done it yet; it does once there is one. */
  state: 'shown' | 'removed' | 'waiting' | NonNullable<Board['problem']>
}

const inputSchema = z.strictObject({
  on: z.boolean(),
  /** Id of the channel; null is that of the alerts. */
  channel: z
    .string()
    .regex(/^\d{17,20}$/)
    .nullable()
    .default(null),
})

/**
 * Has one message kept in a channel that says how the fleet stands, or takes it away. It shows the whole fleet to everybody
 * there, so the whole fleet has to be theirs who asks for it.
 */
export const setBoard = defineOperation<z.infer<typeof inputSchema>, SetBoard>({
  name: 'set-board',
  access: 'operator',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  tagsOf: () => [],
  async run(context, { on, channel }, { signal }) {
    const { board, clock } = context
    const before = board.get()
    const { messageId = null, leftover = null } = before ?? {}
    const stays = on && messageId !== null && before?.channelId === channel
    if (stays) await board.note({ on, problem: null, deleted: false, pinned: false })
    else if (on || before !== null) {
      const former = messageId === null ? leftover : { channelId: before?.channelId ?? null, messageId }
      await board.note({ ...wantedBoard(channel, clock.now()), on, leftover: former })
    }
    await settled(context, signal, () => isOver(board.get()))
    const state = stateOf(board.get())
    return { outcome: outcomeOf(state), data: { on, channelId: channel, state } }
  },
})

function isOver(board: Board | null): boolean {
  return board === null || board.problem !== null || isShown(board)
}

function isShown({ on, messageId, pinned, leftover }: Board): boolean {
  return on && messageId !== null && pinned && leftover === null
}

function stateOf(board: Board | null): SetBoard['state'] {
  if (board === null) return 'removed'
  if (board.problem !== null) return board.problem
  return isShown(board) ? 'shown' : 'waiting'
}

function outcomeOf(state: SetBoard['state']): Outcome {
  if (state === 'shown' || state === 'removed') return 'done'
  if (state === 'waiting') return 'unknown'
  return state === 'not-pinned' || state === 'pins-full' ? 'partial' : 'failed'
}

/** Waits until it holds, as long as a running bot may take. */
async function settled({ board, clock }: Context, signal: AbortSignal, holds: () => boolean): Promise<void> {
  if (holds()) return
  const found = new AbortController()
  const unsubscribe = board.onChange(() => {
    if (holds()) found.abort()
  })
  await clock.sleep(SETTLE_MS, AbortSignal.any([signal, found.signal])).catch(() => undefined)
  unsubscribe()
}
