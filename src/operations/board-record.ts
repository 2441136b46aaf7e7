import { z } from 'zod'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'

/** Why there is no board, or not as it should be. */
export const BOARD_PROBLEMS = ['channel-gone', 'not-allowed', 'not-pinned', 'pins-full', 'deleted'] as const

const boardSchema = z.strictObject({
  /** False once nobody wants it; the record stays until nothing of it is left. */
  on: z.boolean(),
  /** Null is the channel of the alerts. */
  channelId: z.string().nullable(),
  messageId: z.string().nullable(),
  pinned: z.boolean(),
  /** Epoch milliseconds at which a post was begun whose answer was never seen. */
  postingSince: z.number().nullable(),
  /** It was deleted by hand and came back. */
  deleted: z.boolean(),
  problem: z.enum(BOARD_PROBLEMS).nullable(),
  /** A message of a former board that still has to be taken away. */
  leftover: z.strictObject({ channelId: z.string().nullable(), messageId: z.string() }).nullable(),
  setAt: z.number(),
})

/** The board: where it is to be, and how far that has come. */
export type Board = z.infer<typeof boardSchema>

const boards = defineCollection({ name: 'board', schema: boardSchema })
const ONLY = 'fleet'

/** The one board of the fleet; whoever keeps it follows what is written here. */
export interface BoardPort {
  /** Null where none was asked for. */
  get(): Board | null
  /** On the disk when it resolves. @throws what the store throws */
  note(changes: Partial<Board>): Promise<void>
  /** @throws what the store throws */
  forget(): Promise<void>
  /** Calls back after a change of any process. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
}

/** A board that is wanted and not there yet. */
export function wantedBoard(channelId: string | null, setAt: number): Board {
  return {
    on: true,
    channelId,
    messageId: null,
    pinned: false,
    postingSince: null,
    deleted: false,
    problem: null,
    leftover: null,
    setAt,
  }
}

export async function openBoard(store: Store): Promise<BoardPort & { close(): Promise<void> }> {
  const mirror = await openMirror(store, boards)
  return {
    get: () => mirror.get(ONLY) ?? null,
    note: (changes) =>
      store.transaction((tx) => {
        const before = tx.get(boards, ONLY) ?? wantedBoard(null, 0)
        tx.put(boards, ONLY, { ...before, ...changes })
      }),
    forget: () => store.delete(boards, ONLY),
    onChange: (listener) => mirror.onChange(listener),
    close: async () => mirror.close(),
  }
}
