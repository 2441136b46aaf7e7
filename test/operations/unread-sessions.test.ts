import { expect, it } from 'vitest'
import { unknown } from '../../src/base/reading.ts'
import { listSessions } from '../../src/operations/list-sessions.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { nodeRecord } from '../discord/extremes.ts'
import { createFakeContext } from '../discord/fake-context.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { actor } from '../support/fleet.ts'
import { healthySnapshot } from '../support/snapshots.ts'

it('a list of sessions that was not read in time is unknown and says so, not empty', async () => {
  const clock = createFakeClock()
  const fake = createFakeContext([nodeRecord({ id: 'alpha' })], clock)
  const reason = { code: 'deadline', params: { ms: 2_000 } } as const
  const late = healthySnapshot({ reason, sessions: unknown(reason, clock.now(), 'rpc') })
  fake.answers.set('alpha', async () => late)
  const { outcome, data } = await runOperation(fake.context, actor('viewer'), listSessions, { node: 'alpha' })
  expect(outcome).toBe('unknown')
  expect(data).toMatchObject({ reason, sessions: [] })
})
