import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'
import { ACCESS_LEVELS, type Grant } from './access.ts'

/** Tells a token from other secrets, in a log as in a search for leaked ones. */
const PREFIX = 'ocm_'
const SECRET_BYTES = 32
/** The last use is written down no more often than this. */
const USE_EVERY_MS = 10 * 60_000
/** One that is over is told of for so long. */
const TOLD_MS = 90 * 24 * 3_600_000

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** SHA-256 of the token in hex; the token itself is kept nowhere. */
  digest: z.string(),
  grants: z.array(z.strictObject({ level: z.enum(ACCESS_LEVELS), tags: z.array(z.string()).nullable() })),
  /** The operations that it may run; null is every one that its level allows. */
  operations: z.array(z.string()).nullable(),
  createdBy: z.string(),
  /** Epoch milliseconds, like every time here. */
  createdAt: z.number(),
  /** Null never expires. */
  expiresAt: z.number().nullable(),
  revokedAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
})

/** What is known of a token; whoever reads it cannot use it. */
export type AccessToken = z.infer<typeof tokenSchema>

export const tokenRecords = defineCollection({ name: 'access-token', schema: tokenSchema })

/** The tokens of programs that use ocm. */
export interface TokensPort {
  /** Returns the token itself this once. @throws what the store throws */
  create(
    about: Pick<AccessToken, 'name' | 'operations' | 'createdBy' | 'expiresAt'> & { grants: Grant[] },
  ): Promise<{ token: string; record: AccessToken }>
  /** The oldest first, also those that are over. */
  list(): AccessToken[]
  /** What it was before; undefined when there is none of this id. Takes hold in every process within a second. */
  revoke(id: string): Promise<AccessToken | undefined>
  /** The record of a token that may be used now. */
  find(token: string): AccessToken | null
  /** Remembers that it was used. */
  used(id: string): Promise<void>
  close(): Promise<void>
}

/** Whether a token may be used at this moment. */
export function isUsable({ revokedAt, expiresAt }: AccessToken, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now)
}

function wasOverBefore({ revokedAt, expiresAt }: AccessToken, at: number): boolean {
  return [revokedAt, expiresAt].some((end) => end !== null && end < at)
}

/** The tokens of a store. @throws what the store throws */
export async function openAccessTokens(
  store: Store,
  { clock, newId }: { clock: Clock; newId(): string },
): Promise<TokensPort> {
  const mirror = await openMirror(store, tokenRecords)
  const change = (id: string, edit: (one: AccessToken) => AccessToken) =>
    store.transaction((tx) => {
      const one = tx.get(tokenRecords, id)
      if (one) tx.put(tokenRecords, id, edit(one))
      return one
    })
  return {
    async create({ grants, ...about }) {
      const token = `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`
      const record: AccessToken = {
        ...about,
        id: newId(),
        digest: digestOf(token),
        grants: grants.map(({ level, tags }) => ({ level, tags: tags && [...tags] })),
        createdAt: clock.now(),
        revokedAt: null,
        lastUsedAt: null,
      }
      const longAgo = record.createdAt - TOLD_MS
      await store.transaction((tx) => {
        for (const { key, value } of tx.list(tokenRecords))
          if (wasOverBefore(value, longAgo)) tx.delete(tokenRecords, key)
        tx.put(tokenRecords, record.id, record)
      })
      return { token, record }
    },
    list: () => [...mirror.entries()].map(([, one]) => one).sort((a, b) => a.createdAt - b.createdAt),
    revoke: (id) => change(id, (one) => ({ ...one, revokedAt: one.revokedAt ?? clock.now() })),
    find(token) {
      if (!token.startsWith(PREFIX)) return null
      // A digest gives nothing away about the token: comparing it byte by byte is no oracle.
      const digest = digestOf(token)
      for (const [, one] of mirror.entries()) {
        if (one.digest === digest) return isUsable(one, clock.now()) ? one : null
      }
      return null
    },
    async used(id) {
      const known = mirror.get(id)
      const now = clock.now()
      if (!known || (known.lastUsedAt !== null && now - known.lastUsedAt < USE_EVERY_MS)) return
      await change(id, (one) => ({ ...one, lastUsedAt: now }))
    },
    close: async () => mirror.close(),
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
