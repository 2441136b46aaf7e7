import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliFleet, HOSTILE, startFleet } from './fleet.ts'

let fleet: CliFleet
beforeAll(async () => {
  fleet = await startFleet([
    {
      id: 'alpha',
      name: HOSTILE,
      version: '2026.9.6',
      tags: ['prod'],
      timings: { readyMs: 60, stopMs: 20, restartSecMs: 50 },
      agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 40_000 }] }],
    },
  ])
}, 90_000)
afterAll(() => fleet?.close())

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('--events prints each step as it happens and the result as the last line', async () => {
  const { code, stdout, stderr } = await fleet.ocm(['node', 'restart', 'alpha', '--yes', '--events'])
  expect([code, stderr]).toEqual([0, ''])
  const events = linesOf(stdout)
  const result = events.at(-1)
  expect(result).toMatchObject({
    schema: 'ocm/1',
    event: 'result',
    operation: 'restart-node',
    outcome: 'done',
  })
  const steps = events.slice(0, -1)
  expect(steps.length).toBeGreaterThan(0)
  for (const step of steps)
    expect(step).toMatchObject({
      ...{ schema: 'ocm/1', event: 'step', operation: 'restart-node', operationId: result.operationId },
      ...{ at: expect.stringMatching(/^\d{4}-.*Z$/), step: expect.any(Object) },
    })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach a terminal
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/)
}, 90_000)

test('--events tells the runs within the run of a fleet by their own names', async () => {
  const words = ['fleet', 'restart', '--tag', 'prod', '--yes', '--events']
  const events = linesOf((await fleet.ocm(words)).stdout)
  const of = (operation: string) =>
    events.filter((one) => one.event === 'step' && one.operation === operation).length
  expect([of('fleet-restart') > 0, of('restart-node') > 0]).toEqual([true, true])
  expect(events.at(-1)).toMatchObject({ event: 'result', operation: 'fleet-restart', outcome: 'done' })
}, 90_000)

test.each([
  ['a look', ['node', 'list', '--cached'], 0, null],
  ['a name that nothing has', ['node', 'restart', 'nobody', '--yes'], 2, 'unknown-node'],
  ['a line that is none', ['node', 'restrat', 'alpha'], 2, 'unknown-command'],
])(
  '--events is one line for %s',
  async (_what, words, code, error) => {
    const ran = await fleet.ocm([...words, '--events'])
    expect(ran.code).toBe(code)
    const events = linesOf(ran.stdout)
    expect(events).toHaveLength(1)
    expect([events[0].event, events[0].error?.code ?? null]).toEqual(['result', error])
  },
  90_000,
)
