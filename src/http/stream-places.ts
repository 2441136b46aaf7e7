import { OperatorError } from '../base/errors.ts'

const MOST_STREAMS = 500
const MOST_OF_ONE = 50
const TRY_AGAIN_SECONDS = 15

/** How many streams may be open at once, in all and of one token or person. */
export interface StreamPlaces {
  /** Takes a place, until what is returned is called. @throws OperatorError too-many-requests */
  enter(actorId: string): () => void
}

export function createStreamPlaces(): StreamPlaces {
  const open = new Map<string, number>()
  let all = 0
  return {
    enter(actorId) {
      const own = open.get(actorId) ?? 0
      if (all >= MOST_STREAMS || own >= MOST_OF_ONE)
        throw new OperatorError('too-many-requests', { seconds: TRY_AGAIN_SECONDS })
      all += 1
      open.set(actorId, own + 1)
      return () => {
        all -= 1
        const left = (open.get(actorId) ?? 1) - 1
        if (left === 0) open.delete(actorId)
        else open.set(actorId, left)
      }
    },
  }
}
