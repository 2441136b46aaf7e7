import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccessTokens } from '../../src/operations/access-tokens.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { createToken, listTokens, revokeToken } from '../../src/operations/manage-tokens.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { storeFolder } from '../support/stores.ts'

const DAY = 24 * 3_600_000

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet([{ id: 'alpha', name: 'alpha', version: '2026.9.6', agents: [{ id: 'main' }] }])
})
afterAll(() => fleet.close())

const admin = actor('admin')
async function made(more: object = {}) {
  const input = { name: 'deploy', level: 'operator', minutes: 60, ...more }
  return (await runOperation(fleet.context, admin, createToken, input)).data
}

describe('a token', () => {
  it('is found by itself alone, and is written down nowhere', async () => {
    const { token, id } = await made()
    expect(fleet.context.tokens.find(token)?.id).toBe(id)
    expect(fleet.context.tokens.find(`${token}x`)).toBeNull()
    const files = ['ocm.db', 'ocm.db-wal'].map((name) => readFileSync(join(fleet.folder, name), 'latin1'))
    expect(files.join('')).toContain(id)
    expect(files.join('')).not.toContain(token)
    const { tokens } = (await runOperation(fleet.context, admin, listTokens, {})).data
    expect(JSON.stringify(tokens)).not.toMatch(/digest|ocm_/)
  })

  it('is nothing any more once it was revoked', async () => {
    const { token, id } = await made()
    await runOperation(fleet.context, admin, revokeToken, { token: id })
    expect(fleet.context.tokens.find(token)).toBeNull()
    await expect(runOperation(fleet.context, admin, revokeToken, { token: 'none' })).rejects.toMatchObject({
      code: 'unknown-token',
    })
  })

  it('is made by nobody who is not an admin of every node', async () => {
    for (const who of [actor('operator'), actor('admin', ['prod'])])
      await expect(
        runOperation(fleet.context, who, createToken, { name: 'x', level: 'viewer', minutes: null }),
      ).rejects.toMatchObject({ code: 'not-allowed' })
  })
})

describe('tokens that are over', () => {
  it('are told of for ninety days, and are then forgotten when another one is made', async () => {
    const stores = await storeFolder()
    const clock = createFakeClock()
    let made = 0
    const tokens = await openAccessTokens(await stores.open(), { clock, newId: () => `t${++made}` })
    const create = async (expiresAt: number | null) =>
      (await tokens.create({ name: 'deploy', operations: null, createdBy: 'ada', expiresAt, grants: [] }))
        .record
    const [short, revoked] = [await create(clock.now() + DAY), await create(null)]
    await create(null)
    await tokens.revoke(revoked.id)
    await clock.advance(89 * DAY)
    await create(null)
    expect(tokens.list().map(({ id }) => id)).toEqual(['t1', 't2', 't3', 't4'])
    await clock.advance(3 * DAY)
    await create(null)
    expect(tokens.list().map(({ id }) => id)).toEqual(['t3', 't4', 't5'])
    expect(short.id).toBe('t1')
    await tokens.close()
    await stores.remove()
  })
})

describe('rights that name operations', () => {
  it('hold for these alone, whatever the level', async () => {
    const limited = { ...admin, operations: ['list-nodes'], address: '192.0.2.7' }
    await runOperation(fleet.context, limited, listNodes, { live: false })
    await expect(runOperation(fleet.context, limited, revokeToken, { token: 'any' })).rejects.toMatchObject({
      code: 'not-allowed',
    })
    expect(await fleet.audit()).toContainEqual(
      expect.objectContaining({ operation: 'revoke-token', address: '192.0.2.7', result: 'refused' }),
    )
  })
})
