import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGuard } from '../../src/http/guard.ts'
import { createPeople } from '../../src/http/people.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { eventually } from '../support/until.ts'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet([])
})
afterAll(() => fleet.close())

describe('ten thousand wrong secrets from as many addresses', () => {
  it('leave nothing behind but a few lines of the audit', async () => {
    const { context } = fleet
    const people = createPeople({ clock: context.clock, log: context.log, lookUp: async () => null })
    const guard = createGuard({ context, people, hosts: [], address: null })
    const request = new Request('http://localhost/api/ocm/login', {
      method: 'POST',
      headers: { 'x-ocm': '1', 'sec-fetch-site': 'same-origin' },
    })
    const codes = new Set<string>()
    for (let tried = 0; tried < 10_000; tried += 1) {
      const address = `2001:db8::${tried.toString(16)}`
      const error = await guard.logIn(request, `wrong-${tried}`, address).catch((cause) => cause)
      codes.add(error.code)
    }
    expect([...codes]).toEqual(['link-over'])
    const lines = async () => (await fleet.audit()).filter(({ operation }) => operation === 'log-in').length
    await eventually(async () => expect(await lines()).toBeGreaterThanOrEqual(60))
    // So many a minute; the test does not take two.
    expect(await lines()).toBeLessThanOrEqual(120)
  })
})
