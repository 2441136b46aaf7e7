import { expect, it } from 'vitest'
import { isUnseen, refuseUnseen } from '../../src/operations/first-look.ts'
import { healthySnapshot } from '../support/snapshots.ts'

it('saves no way to a login that runs no commands', () => {
  const refused = { ...healthySnapshot(), state: 'unknown', reason: { code: 'commands-refused' } } as const
  expect(isUnseen(refused)).toBe(true)
  expect(() => refuseUnseen({ id: 'n1', sshUser: 'git' }, refused)).toThrow(
    expect.objectContaining({ code: 'node-unreachable', params: { node: 'n1', reason: 'commands-refused' } }),
  )
})
