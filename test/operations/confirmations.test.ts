import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commands } from '../../commands/index.ts'
import { formerConfirmations } from '../../src/discord/former-confirmations.ts'
import type { Actor } from '../../src/operations/access.ts'
import { type Confirmations, openConfirmations } from '../../src/operations/confirmations.ts'
import { definePlanned } from '../../src/operations/operation.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { takeOver } from '../../src/store/take-over.ts'
import { createFakeContext, type FakeContext } from '../discord/fake-context.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const DAY = 24 * 3_600_000

let folder: string
let clock: FakeClock
let fake: FakeContext
let store: Store
let confirmations: Confirmations

const ada = person('ada')
const eve = person('eve')

function person(id: string, face: Actor['face'] = 'discord'): Actor {
  return { face, id, name: id, grants: [] }
}

const operation = definePlanned<{ node: string }, null, never, { shows: number }>({
  name: 'restart-node',
  access: 'operator',
  effect: 'change',
  input: z.strictObject({ node: z.string() }),
  nodeOf: (input) => input.node,
  planSchema: z.strictObject({ shows: z.number() }),
  prepare: async () => ({ plan: { shows: 1 }, seen: null }),
  run: async () => ({ outcome: 'done', data: null }),
})

const ask = (actor = ada, shows = 1) =>
  confirmations.ask({
    actor,
    operation,
    input: { node: 'alpha' },
    planned: { plan: { shows }, node: null, fingerprint: 'f' },
    reason: 'because',
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-confirmations-'))
  clock = createFakeClock()
  fake = createFakeContext([], clock)
  await open()
})
afterEach(async () => {
  await close()
  await rm(folder, { recursive: true, force: true })
})

async function open(): Promise<void> {
  store = await openSqliteStore({ path: join(folder, 'ocm.db'), log: fake.context.log })
  confirmations = await openConfirmations(store, fake.context)
}

async function close(): Promise<void> {
  confirmations.end()
  await store.close()
}

async function restarted(): Promise<void> {
  await close()
  await open()
}

describe('a confirmation', () => {
  it('is decided after a restart exactly as it was asked', async () => {
    const asked = await ask()
    await restarted()
    const decided = await confirmations.claim(asked.id, ada).decide('yes')
    expect(decided).toEqual({ ...asked, state: 'running', decided: { answer: 'yes', at: clock.now() } })
    expect(asked).toMatchObject({
      operation: 'restart-node',
      nodeId: 'alpha',
      plan: { shows: 1 },
      reason: 'because',
      askedBy: { face: 'discord', id: 'ada', name: 'ada' },
    })
  })

  it('is decided once, and a crowd is told so without a wait', async () => {
    const { id } = await ask()
    const deciding = confirmations.claim(id, ada).decide('yes')
    for (let press = 0; press < 199; press++)
      expect(() => confirmations.claim(id, ada)).toThrow('confirmation-used')
    await deciding
    await restarted()
    expect(() => confirmations.claim(id, ada)).toThrow('confirmation-used')
  })

  it('is decided by one of two processes', async () => {
    const other = await openSqliteStore({ path: join(folder, 'ocm.db'), log: fake.context.log })
    const { id } = await ask()
    const elsewhere = await openConfirmations(other, fake.context)
    const claims = [confirmations.claim(id, ada), elsewhere.claim(id, ada)]
    const ended = await Promise.allSettled(claims.map((claim) => claim.decide('yes')))
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'confirmation-used' },
    })
    elsewhere.end()
    await other.close()
  })

  it('may be claimed again when a claim came to nothing', async () => {
    const { id } = await ask()
    confirmations.claim(id, ada).release()
    await expect(confirmations.claim(id, ada).decide('no')).resolves.toMatchObject({ state: 'closed' })
  })

  it('is only for who asked, in the face where they asked; another answer is audited', async () => {
    const { id } = await ask()
    for (const stranger of [eve, person('ada', 'http')])
      expect(() => confirmations.claim(id, stranger)).toThrow('confirmation-foreign')
    expect(fake.audit).toMatchObject([
      {
        actorId: 'eve',
        operation: 'restart-node',
        nodeId: 'alpha',
        input: { node: 'alpha' },
        result: 'refused',
        errorCode: 'confirmation-foreign',
      },
      { face: 'http', actorId: 'ada', errorCode: 'confirmation-foreign' },
    ])
    await expect(confirmations.claim(id, ada).decide('no')).resolves.toMatchObject({ id })
  })

  it('expires on time and is told once', async () => {
    const { id } = await ask()
    await clock.advance(59_999)
    expect(await confirmations.expire()).toEqual([])
    const claim = confirmations.claim(id, ada)
    await clock.advance(1)
    expect(await confirmations.expire()).toEqual([])
    await expect(claim.decide('yes')).rejects.toMatchObject({ code: 'confirmation-expired' })
    expect(() => confirmations.claim(id, ada)).toThrow('confirmation-expired')
    expect((await confirmations.expire()).map((one) => one.id)).toEqual([id])
    expect(await confirmations.expire()).toEqual([])
    expect(() => confirmations.claim(id, ada)).toThrow('confirmation-expired')
  })

  it('counts as expired when nobody remembers it', () => {
    expect(() => confirmations.claim('never', ada)).toThrow('confirmation-expired')
  })

  it('whose work was cut short is found by the next process, once, with the id of its run', async () => {
    const [cut, ended] = [await ask(), await ask()]
    for (const { id } of [cut, ended]) await confirmations.claim(id, ada).decide('yes')
    await confirmations.begun(cut.id, 'run-1')
    await confirmations.close(ended.id)
    await restarted()
    expect(await confirmations.recover()).toMatchObject([{ id: cut.id, operationId: 'run-1' }])
    expect(await confirmations.recover()).toEqual([])
  })

  it('is forgotten a day after its end, and the oldest earlier when there are too many', async () => {
    const first = await ask()
    await confirmations.claim(first.id, ada).decide('no')
    await clock.advance(DAY + 60_001)
    const second = await ask()
    expect(confirmations.get(first.id)).toBeUndefined()
    await confirmations.claim(second.id, ada).decide('no')
    for (let count = 0; count < 1_000; count++) await ask()
    expect(confirmations.get(second.id)).toBeUndefined()
  })
})

it('of the time before the store is taken over, and cannot be used for what it did not show', async () => {
  const former = (id: string, state: string) => ({
    id,
    command: 'node-restart',
    input: { node: 'alpha' },
    plan: { nodeId: 'alpha' },
    fingerprint: 'f',
    reason: null,
    question: 'Restart alpha?',
    requesterId: 'ada',
    requesterName: 'Ada',
    locale: 'ja',
    channelId: '1',
    messageId: '7',
    askedAt: clock.now(),
    expiresAt: clock.now() + 60_000,
    state,
  })
  const document = {
    version: 1,
    confirmations: [former('a', 'open'), former('b', 'running'), former('c', 'closed')],
  }
  await writeFile(join(folder, 'confirmations.json'), JSON.stringify(document))
  const files = [formerConfirmations(store, commands)]
  await takeOver({ dataDir: folder, files, log: fake.context.log, now: clock.now() })
  expect((await confirmations.recover()).map(({ id }) => id)).toEqual(['b'])
  expect(confirmations.get('c')).toBeUndefined()
  const decided = await confirmations.claim('a', ada).decide('yes')
  expect(decided).toMatchObject({ operation: 'restart-node', nodeId: 'alpha', fingerprint: 'f' })
})
