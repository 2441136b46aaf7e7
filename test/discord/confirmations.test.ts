import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ConfirmationStore,
  type NewConfirmation,
  openConfirmations,
} from '../../src/discord/confirmations.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

let folder: string
let path: string
let clock: FakeClock
let store: ConfirmationStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-confirmations-'))
  path = join(folder, 'confirmations.json')
  clock = createFakeClock()
  store = await openConfirmations(path, clock)
})

afterEach(async () => {
  await store.end()
  await rm(folder, { recursive: true, force: true })
})

function asked(changes: Partial<NewConfirmation> = {}): NewConfirmation {
  return {
    id: 'c-1',
    command: 'node-restart',
    input: { node: 'alpha' },
    plan: { nodeId: 'alpha', running: { value: [1, 2] } },
    fingerprint: 'f',
    reason: null,
    question: 'Restart alpha?',
    requesterId: 'ada',
    requesterName: 'Ada',
    locale: 'ja',
    channelId: '1',
    expiresAt: clock.now() + 60_000,
    ...changes,
  }
}

async function restarted(): Promise<ConfirmationStore> {
  await store.end()
  store = await openConfirmations(path, clock)
  return store
}

describe('a confirmation', () => {
  it('is taken after a restart of the bot exactly as it was asked', async () => {
    const created = await store.create(asked())
    await store.attach('c-1', '77')
    await restarted()
    expect(await store.take('c-1', 'ada', 'yes')).toEqual({ ...created, messageId: '77' })
  })

  it('is used once, however often and at the same time it is pressed', async () => {
    await store.create(asked())
    const presses = await Promise.allSettled([1, 2, 3].map(() => store.take('c-1', 'ada', 'yes')))
    expect(presses.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    await restarted()
    await expect(store.take('c-1', 'ada', 'no')).rejects.toMatchObject({ code: 'confirmation-used' })
  })

  it('stays open when somebody else presses', async () => {
    await store.create(asked())
    await expect(store.take('c-1', 'eve', 'yes')).rejects.toMatchObject({ code: 'confirmation-foreign' })
    await expect(store.take('c-1', 'ada', 'no')).resolves.toMatchObject({ id: 'c-1' })
  })

  it('expires on time and is told once', async () => {
    await store.create(asked())
    await clock.advance(59_999)
    expect(await store.expire()).toEqual([])
    await clock.advance(1)
    await expect(store.take('c-1', 'ada', 'yes')).rejects.toMatchObject({ code: 'confirmation-expired' })
    expect((await store.expire()).map(({ id }) => id)).toEqual(['c-1'])
    expect(await store.expire()).toEqual([])
    await expect(store.take('c-1', 'ada', 'yes')).rejects.toMatchObject({ code: 'confirmation-expired' })
  })

  it('counts as expired when nobody remembers it', async () => {
    await expect(store.take('never', 'ada', 'yes')).rejects.toMatchObject({ code: 'confirmation-expired' })
  })

  it('whose work was cut short is found by the next process, once', async () => {
    await store.create(asked())
    await store.create(asked({ id: 'c-2' }))
    await store.take('c-1', 'ada', 'yes')
    await store.take('c-2', 'ada', 'yes')
    await store.close('c-2')
    await restarted()
    expect((await store.recover()).map(({ id }) => id)).toEqual(['c-1'])
    expect(await store.recover()).toEqual([])
  })

  it('is forgotten a day after its end', async () => {
    await store.create(asked())
    await store.take('c-1', 'ada', 'no')
    await clock.advance(25 * 3_600_000)
    await store.create(asked({ id: 'c-2', expiresAt: clock.now() + 60_000 }))
    expect(await readFile(path, 'utf8')).not.toContain('"c-1"')
  })
})

it('leaves a file that it cannot read as it is', async () => {
  await store.end()
  await writeFile(path, '{"version":1,"confirmations":[{')
  await expect(openConfirmations(path, clock)).rejects.toMatchObject({ code: 'state-damaged' })
  expect(await readFile(path, 'utf8')).toBe('{"version":1,"confirmations":[{')
  await rm(path)
  store = await openConfirmations(path, clock)
})
