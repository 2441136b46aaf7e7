import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { type Away, advise, afterFailure, awayError } from '../../src/ssh/breaker.ts'
import { reasonOf } from '../../src/ssh/reason-of.ts'

const timeout = new OperatorError('node-unreachable', { node: 'a', reason: 'connect-timeout' })
const refused = new OperatorError('node-unreachable', { node: 'a', reason: 'connect-refused' })
const wrongKey = new OperatorError('auth-failed', { node: 'a' })

const failing = (error: OperatorError, times: number, now = 0): Away => {
  let away: Away | null = null
  for (let count = 0; count < times; count++) away = afterFailure(away, error, now, 0.5)
  if (away === null) throw new Error('no failure')
  return away
}

describe('the circuit breaker', () => {
  it('lets the first attempt through', () => {
    expect(advise(null, 0, false)).toBe('try')
  })

  it('makes a sweep fail at once for a node that was dead a moment ago, and a person wait for a new attempt', () => {
    const away = failing(timeout, 1)
    expect(advise(away, 1_000, false)).toBe('fail')
    expect(advise(away, 1_000, true)).toBe('try')
  })

  it('never makes a sweep wait for a node that timed out: later attempts run beside it', () => {
    const away = failing(timeout, 5)
    expect(advise(away, away.until, false)).toBe('probe')
  })

  it('waits again for a node that fails quickly once its pause is over', () => {
    const away = failing(refused, 1)
    expect(advise(away, away.until - 1, false)).toBe('fail')
    expect(advise(away, away.until, false)).toBe('try')
  })

  it.each([
    ['auth-failed', { node: 'a' }],
    ['host-key-changed', { node: 'a', expected: 'x', offered: 'y' }],
    ['host-key-unknown', { node: 'a', type: 't', fingerprint: 'f' }],
    ['kex-unsupported', { node: 'a', what: 'key exchange' }],
  ] as const)('stays away for minutes after %s and says so again', (code, params) => {
    const away = failing(new OperatorError(code, params), 1)
    expect(advise(away, 4 * 60_000, false)).toBe('fail')
    expect(advise(away, 1_000, true)).toBe('fail')
    expect(advise(away, 11_000, true)).toBe('try')
    expect(awayError('a', away, 0)).toMatchObject({ code, params })
  })

  it('doubles its pauses up to a limit', () => {
    const pauses = [1, 2, 3, 4, 20].map((times) => failing(timeout, times).until)
    expect(pauses).toEqual([15_000, 30_000, 60_000, 120_000, 120_000])
  })

  it('starts over when the kind of failure changes', () => {
    expect(afterFailure(failing(timeout, 4), refused, 0, 0.5).until).toBe(1_000)
  })

  it('spreads the pauses of many nodes', () => {
    expect(afterFailure(null, timeout, 0, 0).until).toBe(12_000)
    expect(afterFailure(null, timeout, 0, 0.999).until).toBeGreaterThan(17_000)
  })

  it('tells the last reason and the time to the next attempt', () => {
    const error = awayError('a', failing(timeout, 1), 5_000)
    expect(error.params).toEqual({
      node: 'a',
      reason: 'backing-off',
      last: 'connect-timeout',
      retryInMs: 10_000,
    })
    expect(reasonOf(error)).toBe('backing-off')
  })
})

describe('the reason for a failure', () => {
  it('is the reason that the error names, else its code', () => {
    expect(reasonOf(timeout)).toBe('connect-timeout')
    expect(reasonOf(wrongKey)).toBe('auth-failed')
    expect(reasonOf(new OperatorError('gateway-unreachable', { node: 'a', reason: 'port-silent' }))).toBe(
      'port-silent',
    )
    expect(reasonOf(new OperatorError('node-unreachable', { node: 'a', reason: 'nonsense' }))).toBe(
      'connection-lost',
    )
    expect(reasonOf(new OperatorError('internal'))).toBe('connection-lost')
  })
})
