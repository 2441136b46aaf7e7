import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Monitor } from '../../src/monitor/monitor.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { runHere as ocm } from './in-process.ts'

const KEY = 'agent:main:main'
/** 55 % of the 168,000 tokens that can be used, 46 % of the 200,000 of the window. */
const USED = 92_400
let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: KEY, totalTokens: USED, maxTokens: 32_000 }] }]
  fleet = await startFleet([{ id: 'alpha', name: 'Alpha', version: '2026.9.6', agents }])
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'DISCORD_TOKEN']) vi.stubEnv(name, '')
  vi.stubEnv('OCM_DATA_DIR', fleet.folder)
  vi.stubEnv('OCM_SSH_KEY', `${fleet.folder}/id_ed25519`)
  vi.stubEnv('OCM_SSH_AGENT', 'none')
  const { context } = fleet
  for (const [name, value] of [
    ['contextNotice', 30],
    ['contextWarning', 50],
  ])
    await runOperation(context, actor('admin'), setRule, { name, value })
  const monitor = new Monitor({
    context,
    histories: fleet.histories,
    rules: () => context.rules.value(),
    report: (input) => context.incidents.apply(input),
  })
  for (let look = 0; look < 2; look += 1) await monitor.sweep(new AbortController().signal)
  await monitor.stop()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await fleet?.close()
})

it.each([
  ['the list', ['node', 'list']],
  ['the list from memory', ['node', 'list', '--cached']],
  ['the status', ['node', 'status', 'alpha']],
  ['the sessions', ['session', 'list', 'alpha']],
  ['one session', ['session', 'show', 'alpha', KEY]],
  ['the bots', ['bot', 'list', 'alpha']],
  ['the open incidents', ['alert', 'list']],
  ['the question before a compaction', ['session', 'compact', 'alpha', KEY]],
  ['the question before a new session', ['session', 'reset', 'alpha', KEY]],
])('counts a context against what the provider accepts: %s', async (_, words) => {
  const { out, err } = await ocm(words)
  const said = `${out}${err}`
  const percents = said.match(/\b(?:55|46) ?%/g) ?? []
  const bases = said.match(/92,400 (?:of|\/) \d[\d,]+/g) ?? []
  expect([...percents, ...bases], said).not.toEqual([])
  expect(
    percents.every((percent) => percent.startsWith('55')),
    said,
  ).toBe(true)
  for (const base of bases) expect(base).toMatch(/168,000$/)
})
