import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { Latest } from '../base/latest.ts'
import type { Log } from '../base/log.ts'
import type { Grant } from '../operations/access.ts'
import type { Person } from '../operations/sign-ins.ts'

/** Roles are looked up again after so long, so that taking one away ends what it gave. */
const FRESH_MS = 30_000
/** People that are remembered at once; of more, the one longest unused goes. */
const MOST_PEOPLE = 1_000

/**
 * The grants of somebody by their roles now; null when they are no member any more.
 * @throws whatever keeps them from being looked up
 */
export type LookUp = (userId: string) => Promise<readonly Grant[] | null>

/** What people in browsers may do. */
export interface People {
  /**
   * The grants of somebody, no older than 30 seconds; none where every role is gone.
   * @throws OperatorError roles-unknown when they cannot be looked up: nothing may be read on the strength of old ones
   */
  grantsOf(person: Person): Promise<readonly Grant[]>
}

/** People whose roles are looked up where they come from. However many ask at once, one look-up answers them. */
export function createPeople({ clock, log, lookUp }: { clock: Clock; log: Log; lookUp: LookUp }): People {
  const known = new Latest<string, { at: number; grants: Promise<readonly Grant[]> }>(MOST_PEOPLE)

  function asked(id: string): Promise<readonly Grant[]> {
    const now = clock.monotonic()
    const last = known.get(id)
    if (last && now - last.at < FRESH_MS) return last.grants
    const grants = lookUp(id).then(
      (found) => found ?? [],
      (error: unknown) => {
        known.delete(id)
        log.warn({ err: error, person: id }, 'the roles of a person could not be looked up')
        throw new OperatorError('roles-unknown', {}, { cause: error })
      },
    )
    known.set(id, { at: now, grants })
    return grants
  }

  return { grantsOf: async (person) => person.grants ?? asked(person.id) }
}
