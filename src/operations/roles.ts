import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Grant } from './access.ts'
import { isUsable, type TokensPort } from './access-tokens.ts'

/** What somebody may do at this moment, by the identity that a face knows them by. */
export interface RolesPort {
  /**
   * None where every role is gone.
   * @throws OperatorError approver-unread when it cannot be looked up: old rights count for nothing
   */
  grantsOf(identity: string): Promise<readonly Grant[]>
}

/** What the parts of {@link openRoles} are. */
export interface RolesParts {
  tokens: Pick<TokensPort, 'list'>
  clock: Clock
  log: Log
  /** The grants of an account of Discord by its roles now; null when it is no member any more. */
  lookUp(userId: string): Promise<readonly Grant[] | null>
}

/** Looks up roles where they come from. Nothing is kept. */
export function openRoles({ tokens, clock, log, lookUp }: RolesParts): RolesPort {
  return {
    async grantsOf(identity) {
      const [face = '', id = ''] = identity.split(/:(.*)/s)
      // Whoever has an account on the machine of ocm and can read its data has every permission already.
      if (face === 'cli') return [{ level: 'admin', tags: null }]
      if (face === 'token') {
        const found = tokens.list().find((one) => one.id === id)
        return found && isUsable(found, clock.now()) ? found.grants : []
      }
      try {
        return (face === 'discord' ? await lookUp(id) : null) ?? []
      } catch (error) {
        log.warn({ err: error, person: identity }, 'the roles of who approved could not be looked up')
        throw new OperatorError('approver-unread', { by: identity }, { cause: error })
      }
    },
  }
}
