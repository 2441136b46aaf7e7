import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { LOCALES } from '../base/locale.ts'
import { openMirror } from '../store/mirror.ts'
import { type Collection, defineCollection, type Store, type Transaction } from '../store/store.ts'
import { ACCESS_LEVELS } from './access.ts'

const SECRET_BYTES = 32
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Somebody who is not there for so long is signed out. */
export const IDLE_MS = 12 * HOUR_MS
/** Nobody is signed in for longer than this. */
export const WHOLE_MS = 7 * DAY_MS
/** The last use is written down no more often than this. */
const USE_EVERY_MS = 10 * 60_000
const MOST_LINKS_OF_ONE = 5
const MOST_OF_ONE = 10
const MOST = 1_000

const personSchema = z.strictObject({
  /** Where ocm knows them from. */
  via: z.enum(['discord', 'cli']),
  id: z.string(),
  name: z.string(),
  /** What they may do; null where it is what their roles give them, looked up anew. */
  grants: z
    .array(z.strictObject({ level: z.enum(ACCESS_LEVELS), tags: z.array(z.string()).nullable() }))
    .nullable(),
  language: z.enum(LOCALES),
})

/** Who a link was made for, and who is signed in by it. */
export type Person = z.infer<typeof personSchema>

const linkSchema = z.strictObject({ person: personSchema, createdAt: z.number(), expiresAt: z.number() })

const signInSchema = z.strictObject({
  id: z.string(),
  person: personSchema,
  /** Epoch milliseconds, like every time here. */
  createdAt: z.number(),
  lastUsedAt: z.number(),
})

/** A browser in which somebody is signed in. */
export type SignIn = z.infer<typeof signInSchema>

/** Links under the SHA-256 of their secret; the secret itself is kept nowhere. */
const links = defineCollection({
  name: 'sign-in-link',
  schema: linkSchema,
  keep: { forMs: 2 * DAY_MS, records: MOST },
})
/** Who is signed in, under the SHA-256 of what their browser keeps. */
const signIns = defineCollection({
  name: 'sign-in',
  schema: signInSchema,
  keep: { forMs: WHOLE_MS, records: 2 * MOST },
})
const places = defineCollection({ name: 'page-place', schema: z.strictObject({ address: z.string() }) })
const PAGE = 'page'

/** People in browsers: links that sign in once, and who is signed in. Shared by all processes of a data folder. */
export interface SignInsPort {
  /** The address of the page while it is served, without a slash at its end; null: it is not. @throws what the store throws */
  address(): Promise<string | null>
  /** Says under which address the page is served now; null: no longer. @throws what the store throws */
  setAddress(address: string | null): Promise<void>
  /** Makes a link of which only the secret is returned, this once. @throws what the store throws */
  createLink(person: Person, forMs: number): Promise<{ secret: string; expiresAt: number }>
  /** For whom a link was made that still works. Writes nothing. @throws what the store throws */
  personOf(secret: string): Person | null
  /** Uses a link up. Returns what the browser keeps, this once; null when another was quicker. @throws what the store throws */
  open(secret: string): Promise<{ kept: string; signIn: SignIn } | null>
  /** Who is signed in by what a browser sent. */
  find(kept: string): SignIn | null
  /** Whether somebody is still signed in. */
  holds(id: string): boolean
  /** Remembers that it was used. */
  used(signIn: SignIn): Promise<void>
  /** Signs out; nothing happens when that is done already. */
  end(id: string): Promise<void>
  close(): Promise<void>
}

/** The sign-ins of a store. @throws what the store throws */
export async function openSignIns(
  store: Store,
  { clock, newId }: { clock: Clock; newId(): string },
): Promise<SignInsPort> {
  const mirror = await openMirror(store, signIns)
  const keyOf = (id: string) => [...mirror.entries()].find(([, one]) => one.id === id)?.[0] ?? null

  /** Makes room for one more of a person: what is over goes, then what is oldest. */
  function makeRoom<T extends { person: Person }>(
    tx: Transaction,
    collection: Collection<T>,
    person: Person,
    rules: { mostOfOne: number; isOver(one: T): boolean; age(one: T): number },
  ): void {
    const all = tx.list(collection).sort((a, b) => rules.age(a.value) - rules.age(b.value))
    const left = all.filter(({ value }) => !rules.isOver(value))
    const own = left.filter(({ value }) => isSame(value.person, person))
    const surplus = (list: typeof all, most: number) => list.slice(0, Math.max(0, list.length - most + 1))
    const gone = all.filter(({ value }) => rules.isOver(value))
    for (const { key } of new Set([...gone, ...surplus(own, rules.mostOfOne), ...surplus(left, MOST)]))
      tx.delete(collection, key)
  }

  return {
    address: async () => (await store.get(places, PAGE))?.address ?? null,
    setAddress: (address) =>
      address === null ? store.delete(places, PAGE) : store.put(places, PAGE, { address }),
    async createLink(person, forMs) {
      const secret = newSecret()
      const now = clock.now()
      const link = { person, createdAt: now, expiresAt: now + forMs }
      await store.transaction((tx) => {
        makeRoom(tx, links, person, {
          mostOfOne: MOST_LINKS_OF_ONE,
          isOver: ({ expiresAt }) => expiresAt <= now,
          age: ({ createdAt }) => createdAt,
        })
        tx.put(links, digestOf(secret), link)
      })
      return { secret, expiresAt: link.expiresAt }
    },
    personOf(secret) {
      const link = store.readNow((reads) => reads.get(links, digestOf(secret)))
      return link && link.expiresAt > clock.now() ? link.person : null
    },
    async open(secret) {
      const kept = newSecret()
      const id = newId()
      const signIn = await store.transaction((tx) => {
        const key = digestOf(secret)
        const link = tx.get(links, key)
        if (!link) return null
        tx.delete(links, key)
        const now = clock.now()
        if (link.expiresAt <= now) return null
        const made = { id, person: link.person, createdAt: now, lastUsedAt: now }
        makeRoom(tx, signIns, link.person, {
          mostOfOne: MOST_OF_ONE,
          isOver: (one) => !isUsable(one, now),
          age: ({ lastUsedAt }) => lastUsedAt,
        })
        tx.put(signIns, digestOf(kept), made)
        return made
      })
      return signIn && { kept, signIn }
    },
    find(kept) {
      const known = mirror.get(digestOf(kept))
      return known && isUsable(known, clock.now()) ? known : null
    },
    holds(id) {
      const key = keyOf(id)
      const known = key === null ? undefined : mirror.get(key)
      return known !== undefined && isUsable(known, clock.now())
    },
    async used({ id, lastUsedAt }) {
      const now = clock.now()
      const key = keyOf(id)
      if (key === null || now - lastUsedAt < USE_EVERY_MS) return
      await store.transaction((tx) => {
        const known = tx.get(signIns, key)
        if (known) tx.put(signIns, key, { ...known, lastUsedAt: now })
      })
    },
    async end(id) {
      const key = keyOf(id)
      if (key !== null) await store.delete(signIns, key)
    },
    close: async () => mirror.close(),
  }
}

function isUsable({ createdAt, lastUsedAt }: SignIn, now: number): boolean {
  return now - lastUsedAt < IDLE_MS && now - createdAt < WHOLE_MS
}

function isSame(a: Person, b: Person): boolean {
  return a.via === b.via && a.id === b.id
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
