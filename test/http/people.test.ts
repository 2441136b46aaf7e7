import { describe, expect, it } from 'vitest'
import { createPeople } from '../../src/http/people.ts'
import type { Grant } from '../../src/operations/access.ts'
import type { Person } from '../../src/operations/sign-ins.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { keepLog } from '../support/log-keeper.ts'

const OPERATOR: readonly Grant[] = [{ level: 'operator', tags: null }]
const VERA: Person = { via: 'discord', id: '1', name: 'Vera', grants: null, language: 'en' }

/** People whose roles a test changes. */
function start() {
  const clock = createFakeClock()
  const roles = { now: OPERATOR as readonly Grant[] | null | Error, looks: 0 }
  const people = createPeople({
    clock,
    log: keepLog(),
    lookUp: async () => {
      roles.looks += 1
      if (roles.now instanceof Error) throw roles.now
      return roles.now
    },
  })
  return { clock, roles, grants: () => people.grantsOf(VERA) }
}

describe('what somebody in a browser may do', () => {
  it('ends within a minute after the role was taken away', async () => {
    const { clock, roles, grants } = start()
    expect(await grants()).toEqual(OPERATOR)
    roles.now = null
    await clock.advance(60_000)
    expect(await grants()).toEqual([])
  })

  it('is looked up once for many who ask at the same time', async () => {
    const { roles, grants } = start()
    await Promise.all([grants(), grants(), grants()])
    expect(roles.looks).toBe(1)
  })

  it('is nothing on the strength of old roles while they cannot be looked up, and comes back after that', async () => {
    const { clock, roles, grants } = start()
    await grants()
    roles.now = new Error('no answer')
    await clock.advance(60_000)
    await expect(grants()).rejects.toMatchObject({ code: 'roles-unknown' })
    roles.now = OPERATOR
    expect(await grants()).toEqual(OPERATOR)
  })
})
