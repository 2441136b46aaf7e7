import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runSteps } from '../../src/provision/run-steps.ts'
import type { Bench } from '../../src/provision/step.ts'
import { readiness } from '../../src/provision/steps/readiness.ts'
import { MACHINE_STEPS } from '../../src/provision/steps.ts'
import { type BareMachine, changedMachine, startBareMachine } from './bare-machine.ts'

let bare: BareMachine

beforeEach(async () => {
  bare = await startBareMachine()
})
afterEach(() => bare.close())

/** A machine that shows a stranger on the port at its first looks. */
function squatted(looks: number): Bench['machine'] {
  const { machine } = bare.bench()
  let left = looks
  return changedMachine(machine, {
    async snapshot(...given) {
      const seen = await machine.snapshot(...given)
      left -= 1
      const reason = { code: 'port-held-by-other', params: { program: 'nginx', pid: 7 } } as const
      return left < 0 ? seen : { ...seen, state: 'not-serving', reason }
    },
  })
}

describe('a stranger on the port of a gateway that starts', () => {
  it('ends the wait when it stays', async () => {
    const stays = readiness.check(bare.bench({ machine: squatted(Number.POSITIVE_INFINITY) }))
    await expect(stays).rejects.toMatchObject({ code: 'port-taken' })
  })

  it('is waited for when it goes', async () => {
    const { additions, run } = bare
    await runSteps(MACHINE_STEPS, bare.bench(), run, { additions, witness: { told: () => undefined } })
    const { state } = await readiness.check(bare.bench({ machine: squatted(2) }))
    expect(state).toBe('satisfied')
  }, 60_000)
})
