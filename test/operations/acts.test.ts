import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { OperatorError } from '../../src/base/errors.ts'
import { type Subject, signalKey, type Topic } from '../../src/monitor/signal.ts'
import { compactSession } from '../../src/operations/compact-session.ts'
import { defineOperation, type Outcome } from '../../src/operations/operation.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const FULL = 'agent:main:main'
const OTHER = 'agent:main:other'

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet([
    {
      id: 'alpha',
      name: 'Alpha',
      version: '2026.9.6',
      agents: [
        {
          id: 'main',
          sessions: [
            { key: FULL, totalTokens: 155_000 },
            { key: OTHER, totalTokens: 10_000 },
          ],
        },
      ],
    },
  ])
})
afterAll(() => fleet.close())

const subjects = {
  session: { nodeId: 'alpha', agentId: 'main', sessionKey: FULL },
  other: { nodeId: 'alpha', agentId: 'main', sessionKey: OTHER },
  node: { nodeId: 'alpha', agentId: null, sessionKey: null },
  elsewhere: { nodeId: 'beta', agentId: null, sessionKey: null },
} satisfies Record<string, Subject>

beforeEach(async () => {
  const at = fleet.context.clock.now()
  const signal = (topic: Topic, subject: Subject) => ({
    key: signalKey(topic, subject),
    topic,
    subject,
    at,
    seen: {
      level: 'critical' as const,
      holdLevel: 'critical' as const,
      cause: 'node-unreachable' as const,
      params: {},
      immediate: true,
    },
  })
  await fleet.context.incidents.apply({
    kind: 'signals',
    signals: [
      signal('context', subjects.session),
      signal('context', subjects.other),
      signal('availability', subjects.node),
      signal('availability', subjects.elsewhere),
    ],
  })
})

/** The last thing that was done about each subject; undefined where nothing was. */
function done() {
  const { incidents } = fleet.context.incidents.state()
  return Object.fromEntries(
    Object.entries(subjects).map(([name, subject]) => {
      const about = incidents.find((one) => JSON.stringify(one.subject) === JSON.stringify(subject))
      return [name, about?.timeline.findLast(({ kind }) => kind === 'acted')]
    }),
  )
}

/** An act that ends as it is told. */
const trying = (sessionKey: string | null, end: Outcome | OperatorError) =>
  runOperation(
    fleet.context,
    actor('operator'),
    defineOperation<{ node: string }, null>({
      name: 'restart-node',
      access: 'operator',
      effect: 'change',
      input: z.strictObject({ node: z.string() }),
      nodeOf: (input) => input.node,
      acts: { sessionOf: () => sessionKey },
      async run() {
        if (end instanceof OperatorError) throw end
        return { outcome: end, data: null }
      },
    }),
    { node: 'alpha' },
  ).catch(() => undefined)

describe('the incidents', () => {
  test('of a session tell what the command line did about it, with its figures', async () => {
    const input = { node: 'alpha', session: FULL }
    const who = actor('operator')
    const confirmed = await planOperation(fleet.context, who, compactSession, input)
    await runOperation(fleet.context, who, compactSession, input, { confirmed })
    const { session, ...rest } = done()
    expect(session).toMatchObject({
      by: 'operator',
      params: { operation: 'compact-session', outcome: 'done', before: 155_000 },
    })
    expect(Object.values(rest).every((one) => one === undefined)).toBe(true)
  })

  test('of a node tell of what was done to the node', async () => {
    await trying(null, 'partial')
    expect(done()).toMatchObject({ node: { params: { operation: 'restart-node', outcome: 'partial' } } })
    expect(done().elsewhere).toBeUndefined()
  })

  test.each([
    ['deadline', 'unknown'],
    ['remote-command-failed', 'failed'],
    ['internal', 'failed'],
  ] as const)('tell of work that broke with %s as %s', async (code, outcome) => {
    await trying(OTHER, new OperatorError(code))
    expect(done()).toMatchObject({ other: { params: { outcome } } })
  })

  test('tell nothing of what was refused: it did not happen', async () => {
    const before = done()
    await trying(null, new OperatorError('turns-running'))
    expect(done()).toEqual(before)
  })
})
