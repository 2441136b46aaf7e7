import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  IDLE_MS,
  openSignIns,
  type Person,
  type SignInsPort,
  WHOLE_MS,
} from '../../src/operations/sign-ins.ts'
import type { Store } from '../../src/store/store.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const MINUTE_MS = 60_000
const ann: Person = { via: 'discord', id: 'ann', name: 'Ann', grants: null, language: 'en' }
const bob: Person = { ...ann, id: 'bob', name: 'Bob' }

let stores: StoreFolder
let store: Store
let file: string
let clock: FakeClock
let signIns: SignInsPort
let next = 0
beforeAll(async () => {
  stores = await storeFolder()
})
beforeEach(async () => {
  clock = createFakeClock()
  file = `${next++}.db`
  store = await stores.open(file)
  signIns = await openSignIns(store, { clock, newId: () => `s${next++}` })
})
afterAll(() => stores.remove())

const secretFor = async (person: Person) => (await signIns.createLink(person, 5 * MINUTE_MS)).secret

/** Signs in, and returns what the browser keeps. */
async function open(person: Person): Promise<string> {
  const opened = await signIns.open(await secretFor(person))
  if (!opened) throw new Error('the link does not sign in')
  return opened.kept
}

describe('a link', () => {
  it('signs in once, however many open it at once', async () => {
    const secret = await secretFor(ann)
    const opened = await Promise.all([signIns.open(secret), signIns.open(secret), signIns.open(secret)])
    expect(opened.filter(Boolean)).toHaveLength(1)
    expect(signIns.personOf(secret)).toBeNull()
  })

  it('is over after its time', async () => {
    const secret = await secretFor(ann)
    await clock.advance(5 * MINUTE_MS - 1)
    expect(signIns.personOf(secret)).toMatchObject({ id: 'ann' })
    await clock.advance(1)
    expect(signIns.personOf(secret)).toBeNull()
    expect(await signIns.open(secret)).toBeNull()
  })

  it('pushes the oldest of the same person out, and of nobody else', async () => {
    const other = await secretFor(bob)
    const secrets: string[] = []
    for (let made = 0; made < 6; made += 1) {
      await clock.advance(1)
      secrets.push(await secretFor(ann))
    }
    const works = (secret: string) => signIns.personOf(secret) !== null
    expect(secrets.map(works)).toEqual([false, true, true, true, true, true])
    expect(works(other)).toBe(true)
  })

  it('can be made by one process and used in another', async () => {
    const shared = `${next++}.db`
    const shell = await openSignIns(await stores.open(shared), { clock, newId: () => 'a' })
    const bot = await openSignIns(await stores.open(shared), { clock, newId: () => 'b' })
    await bot.setAddress('http://127.0.0.1:8377')
    expect(await shell.address()).toBe('http://127.0.0.1:8377')
    const { secret } = await shell.createLink(ann, MINUTE_MS)
    expect(await bot.open(secret)).toMatchObject({ signIn: { person: ann } })
  })
})

describe('who is signed in', () => {
  it('stays so while there is use of it, and for a week at most', async () => {
    const kept = await open(ann)
    for (let passed = 0; passed + IDLE_MS / 2 < WHOLE_MS; passed += IDLE_MS / 2) {
      const signIn = signIns.find(kept)
      expect(signIn).not.toBeNull()
      if (signIn) await signIns.used(signIn)
      await clock.advance(IDLE_MS / 2)
    }
    await clock.advance(IDLE_MS / 2)
    expect(signIns.find(kept)).toBeNull()
  })

  it('is out after half a day without use', async () => {
    const kept = await open(ann)
    await clock.advance(IDLE_MS)
    expect(signIns.find(kept)).toBeNull()
  })

  it('is pushed out by an eleventh browser of their own, and by nobody else', async () => {
    const other = await open(bob)
    const browsers: string[] = []
    for (let opened = 0; opened < 11; opened += 1) {
      await clock.advance(1)
      browsers.push(await open(ann))
    }
    expect(browsers.map((kept) => signIns.find(kept) !== null)).toEqual([false, ...Array(10).fill(true)])
    expect(signIns.find(other)).not.toBeNull()
  })

  it('is still so after a restart, by nothing that stands on the disk', async () => {
    const kept = await open(ann)
    const secret = await secretFor(ann)
    const again = await openSignIns(store, { clock, newId: () => 'x' })
    expect(again.find(kept)).toMatchObject({ person: ann })
    const files = [file, `${file}-wal`].map((name) => readFileSync(join(stores.folder, name), 'latin1'))
    expect(files.join('')).toContain('"Ann"')
    for (const hidden of [kept, secret]) expect(files.join('')).not.toContain(hidden)
  })

  it('is out in every process once they have signed out', async () => {
    const kept = await open(ann)
    const signIn = signIns.find(kept)
    await signIns.end(signIn?.id ?? '')
    expect(signIns.find(kept)).toBeNull()
    expect(signIns.holds(signIn?.id ?? '')).toBe(false)
    await signIns.end('none')
  })
})
