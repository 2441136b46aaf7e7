import { z } from 'zod'
import { tagSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { ACCESS_LEVELS } from './access.ts'
import type { AccessToken } from './access-tokens.ts'
import { type StrayTag, strayTags } from './known-tags.ts'
import { defineOperation } from './operation.ts'
import { isOperation, unknownOperation } from './operation-names.ts'

const LONGEST_MINUTES = 3_650 * 24 * 60
const MINUTE = 60_000

/** A token as it is shown. */
export type TokenRow = Omit<AccessToken, 'digest'>

/** create-token: the one time that the token is seen. */
export interface CreatedToken extends TokenRow {
  token: string
  /** Of its tags, those that no node carries. */
  stray: StrayTag[]
}

const createInput = z.strictObject({
  /** What it is for; goes into the audit with everything that is done with it. */
  name: z.string().trim().min(1).max(64),
  level: z.enum(ACCESS_LEVELS),
  /** Only nodes with one of these tags; none is every node. */
  tags: z.array(tagSchema).max(8).default([]),
  /** Only these operations; none is all that the level allows. */
  operations: z
    .array(z.string().regex(/^[a-z]+(?:-[a-z]+)*$/))
    .max(64)
    .default([]),
  /** Null never expires. */
  minutes: z.int().min(1).max(LONGEST_MINUTES).nullable(),
})

/** Makes a token with which a program uses the API. It has a level, tags, operations and an end of its own. */
export const createToken = defineOperation<z.infer<typeof createInput>, CreatedToken>({
  name: 'create-token',
  access: 'admin',
  effect: 'record',
  input: createInput,
  nodeOf: () => null,
  tagsOf: () => [],
  requires(_context, { operations }) {
    const stranger = operations.find((name) => !isOperation(name))
    if (stranger !== undefined) throw unknownOperation(stranger)
  },
  async run(context, { name, level, tags, operations, minutes }, { actor }) {
    const { tokens, clock } = context
    const { token, record } = await tokens.create({
      name,
      grants: [{ level, tags: tags.length === 0 ? null : tags }],
      operations: operations.length === 0 ? null : operations,
      createdBy: actor.name,
      expiresAt: minutes === null ? null : clock.now() + minutes * MINUTE,
    })
    return { outcome: 'done', data: { ...shown(record), token, stray: strayTags(context, actor, tags) } }
  },
})

/** Every token, also those that are over. */
export const listTokens = defineOperation<Record<string, never>, { tokens: TokenRow[] }>({
  name: 'list-tokens',
  access: 'admin',
  effect: 'read',
  input: z.strictObject({}),
  nodeOf: () => null,
  tagsOf: () => [],
  run: async ({ tokens }) => ({ outcome: 'done', data: { tokens: tokens.list().map(shown) } }),
})

/** Ends a token for good. */
export const revokeToken = defineOperation<{ token: string }, TokenRow>({
  name: 'revoke-token',
  access: 'admin',
  effect: 'record',
  input: z.strictObject({ token: z.string().trim().min(1).max(64) }),
  nodeOf: () => null,
  tagsOf: () => [],
  async run({ tokens, clock }, { token }) {
    const before = await tokens.revoke(token)
    if (!before) throw new OperatorError('unknown-token', { token })
    return { outcome: 'done', data: { ...shown(before), revokedAt: before.revokedAt ?? clock.now() } }
  },
})

function shown({ digest: _digest, ...rest }: AccessToken): TokenRow {
  return rest
}
