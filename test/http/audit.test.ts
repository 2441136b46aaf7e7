import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { actor } from '../support/fleet.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  const { context } = stage.sandbox.app.owned
  const who = { ...actor('admin'), name: 'Somebody', id: 'somebody', address: '192.0.2.7' }
  for (const node of ['alpha', 'beta'])
    await runOperation(
      context,
      who,
      setMaintenance,
      { node, on: true, reason: 'a disk' },
      { reason: 'a disk' },
    )
}, 60_000)
afterAll(() => stage.close())

const list = async (token: string, query = '') =>
  (await stage.ask('GET', `/audit${query}`, { token })).json.data
const about = (rows: { operation: string; nodeId: string | null }[]) =>
  new Set(rows.filter(({ operation }) => operation === 'set-maintenance').map(({ nodeId }) => nodeId))

describe('the audit over HTTP', () => {
  it('shows an admin of the fleet every line with where it came from', async () => {
    const { rows } = await list(await stage.token('admin'), '?operations=set-maintenance&limit=5')
    expect(rows).toMatchObject([
      { nodeId: 'beta', actorName: 'Somebody', address: '192.0.2.7', reason: 'a disk', result: 'done' },
      { nodeId: 'alpha' },
    ])
  })

  it('shows an operator of a tag what was done to its nodes, and what they did, without addresses of others', async () => {
    const token = await stage.token('operator', { tags: ['prod'] })
    // A look is answered before its line is written.
    await expect
      .poll(async () => (await list(token, '?operations=list-audit')).rows.length, { timeout: 20_000 })
      .toBeGreaterThan(0)
    const { rows } = await list(token, '?limit=200')
    expect(about(rows)).toEqual(new Set(['alpha']))
    expect(
      JSON.stringify(rows.filter(({ actorName }: { actorName: string }) => actorName === 'Somebody')),
    ).not.toContain('192.0.2.7')
    expect(rows.some(({ operation }: { operation: string }) => operation === 'create-token')).toBe(false)
  })

  it('is not for viewers, and checked by nobody who has only a part of the fleet', async () => {
    expect((await stage.ask('GET', '/audit', { token: await stage.token('viewer') })).status).toBe(403)
    const token = await stage.token('admin', { tags: ['prod'] })
    for (const name of ['verify-audit', 'export-audit'])
      expect((await stage.ask('POST', `/operations/${name}`, { token, body: {} })).status).toBe(403)
  })

  it('is checked and exported by an admin of the fleet, and compared with no file that a request names', async () => {
    const token = await stage.token('admin')
    const checked = await stage.ask('POST', '/operations/verify-audit', { token, body: {} })
    expect(checked).toMatchObject({ status: 200, json: { data: { faults: [], copy: null } } })
    const body = { input: { against: '/etc/passwd' } }
    const refused = await stage.ask('POST', '/operations/verify-audit', { token, body })
    expect(refused).toMatchObject({ status: 409, json: { code: 'not-here' } })
    expect(refused.json.title).toBe('An audit is compared with a file only in a shell on the machine of ocm.')
    const part = await stage.ask('POST', '/operations/export-audit', { token, body: { input: { limit: 2 } } })
    expect(part.json.data.lines).toHaveLength(2)
    expect(part.json.data.next).toBe(2)
  })

  it('refuses an operation that there is not, and names the one that was meant', async () => {
    const asked = { token: await stage.token('admin') }
    const refused = await stage.ask('GET', '/audit?operations=restrat-node', asked)
    expect(refused).toMatchObject({
      status: 422,
      json: { code: 'unknown-operation', params: { operation: 'restrat-node', near: 'restart-node' } },
    })
    // What nobody has done yet is found nowhere, and there is nothing wrong with that.
    const none = await stage.ask('GET', '/audit?operations=decommission-node', asked)
    expect(none).toMatchObject({ status: 200, json: { data: { rows: [] } } })
  })

  it('signs nobody out who has a token', async () => {
    const refused = await stage.ask('POST', '/logout', { token: await stage.token('viewer') })
    expect(refused).toMatchObject({ status: 409, json: { code: 'not-here' } })
    expect(refused.json.signedOut).toBeUndefined()
    expect(refused.json.next).toBe('End a token with ocm token revoke.')
  })
})
