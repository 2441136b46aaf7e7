import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { LOCALES } from '../base/locale.ts'
import { defineOperation } from './operation.ts'

const MINUTE = 60_000
const LINK_MS = 5 * MINUTE

/** web-login: the one time that the link is seen. */
export interface WebLogin {
  /** Where the page is; its part behind the # is the secret, which no server and no proxy is sent. */
  url: string
  /** Epoch milliseconds. */
  expiresAt: number
}

const inputSchema = z.strictObject({ language: z.enum(LOCALES).default('en') })

/**
 * Makes a link that signs its reader in to the page, once. Whoever comes from Discord has the rights of their roles
 * there for as long as they are signed in; whoever comes from the shell has those of the shell.
 */
export const webLogin = defineOperation<z.infer<typeof inputSchema>, WebLogin>({
  name: 'web-login',
  access: 'viewer',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  async run({ signIns }, { language }, { actor }) {
    if (actor.face !== 'discord' && actor.face !== 'cli')
      throw new OperatorError('not-here', { what: 'web-login' })
    const address = await signIns.address()
    if (address === null) throw new OperatorError('web-off')
    const { face: via, id, name } = actor
    const grants =
      via === 'cli' ? actor.grants.map(({ level, tags }) => ({ level, tags: tags && [...tags] })) : null
    const { secret, expiresAt } = await signIns.createLink({ via, id, name, grants, language }, LINK_MS)
    return { outcome: 'done', data: { url: `${address}/#login=${secret}`, expiresAt } }
  },
})
