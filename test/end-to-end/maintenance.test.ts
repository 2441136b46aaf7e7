import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'
import { until } from '../support/until.ts'

const log = keepLog()
let sandbox: Sandbox
let operator: Person
let viewer: Person
let reader: Person

beforeAll(async () => {
  sandbox = await startSandbox({
    log,
    nodes: [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 160_000 }] }],
      },
    ],
    settings: { OCM_REFRESH_INTERVAL_MS: '1000' },
  })
  operator = person(sandbox.discord, PEOPLE.operator)
  viewer = person(sandbox.discord, PEOPLE.viewer)
  reader = person(sandbox.discord, PEOPLE.operator, 'ja')
})
afterAll(() => sandbox?.close())

const record = () => sandbox.app.owned.context.registry.get('alpha')
const incident = () => sandbox.app.owned.context.incidents.state().incidents[0]
const lines = () => incident()?.timeline.map(({ kind }) => kind) ?? []

describe('/node maintenance', () => {
  test('puts what is open aside, shows who and why to all, and takes it up again', async () => {
    await until(() => incident()?.state === 'open')
    const refused = await operator.ask('node maintenance', { node: 'alpha', set: 'on' }, /without a reason/)
    expect(refused.ephemeral).toBe(true)
    expect(record().state).toBe('active')

    const options = { node: 'alpha', set: 'on', reason: 'new **disk** @everyone', for: 120 }
    const card = await operator.ask('node maintenance', options, /is in maintenance/)
    expect(card.ephemeral).toBe(false)
    expect(textOf(card)).toMatch(/1 open incident is put aside/)
    expect(textOf(card)).not.toContain('**disk**')
    expect(record()).toMatchObject({ state: 'maintenance', stateReason: 'new **disk** @everyone' })
    await until(() => incident()?.paused?.why === 'maintenance')

    const settled = /Alpha.*maintenance/
    const list = textOf(await viewer.ask('node list', {}, settled))
    expect(list).toMatch(/1 in maintenance/)
    expect(list).toMatch(/🔧.*disk.*by .*until <t:\d+:f>/)
    const status = await viewer.ask('node status', { node: 'alpha' }, /maintenance/)
    expect(textOf(status)).toMatch(/🔧 since <t:\d+:R>, by .*until/)
    expect(textOf(await viewer.ask('alert list', {}, /I-1/))).toMatch(/put aside/)

    const back = await operator.ask('node maintenance', { node: 'alpha', set: 'off' }, /is watched again/)
    expect(controlsOf(back).some((id) => id.includes('node-status'))).toBe(true)
    await until(() => incident()?.paused === null)
    expect(incident()?.state).toBe('open')
    expect(lines().filter((kind) => kind === 'paused' || kind === 'resumed')).toEqual(['paused', 'resumed'])
  })

  test('answers in the language of the person', async () => {
    const on = { node: 'alpha', set: 'on', reason: 'ディスク' }
    expect(textOf(await reader.ask('node maintenance', on, /メンテナンス中/))).toContain('ディスク')
    const off = await reader.ask('node maintenance', { node: 'alpha', set: 'off' }, /監視を再開/)
    expect(off.ephemeral).toBe(false)
  })

  test('is for operators', async () => {
    const options = { node: 'alpha', set: 'on', reason: 'x' }
    const refused = await viewer.ask('node maintenance', options, /operator/)
    expect(refused.ephemeral).toBe(true)
    expect(record().state).toBe('active')
  })
})
