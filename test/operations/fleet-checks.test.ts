import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetDrift } from '../../src/operations/fleet-drift.ts'
import { fleetVersions } from '../../src/operations/fleet-versions.ts'
import { lintNodes } from '../../src/operations/lint-nodes.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 60, stopMs: 20, restartSecMs: 60, crashAfterMs: 60, drainMs: 100 }
const SECRETS = ['Sk3l3t0n-Warbler-91x', 'Qu1ver-Lantern-77ab']
const viewer = actor('viewer')
const operator = actor('operator')

let fleet: Fleet

beforeAll(async () => {
  const node = (id: string, tags: string[]) => ({
    ...{ id, name: id, tags, version: '2026.9.6' as const, agents: [{ id: 'main' }], timings: TIMINGS },
  })
  fleet = await startFleet(
    [
      ...['a', 'b'].map((id) => node(id, ['prod'])),
      { ...node('c', ['prod']), clockSkewMs: 20_000 },
      { ...node('down', ['prod']), state: 'down' },
      node('alone', ['lab']),
    ],
    { OCM_STATUS_DEADLINE_MS: '60000', OCM_LIST_DEADLINE_MS: '30000' },
  )
  await Promise.all(
    ['a', 'b', 'c', 'down', 'alone'].map((id) =>
      runOperation(fleet.context, viewer, nodeStatus, { node: id }),
    ),
  )
})
afterAll(() => fleet?.close())

const fileOf = (id: string) => join(fleet.node(id).home, '.openclaw', 'openclaw.json')

type Json = Record<string, unknown>

function edit(id: string, change: (config: Record<string, Json>) => void): void {
  const config = JSON.parse(readFileSync(fileOf(id), 'utf8'))
  change(config)
  writeFileSync(fileOf(id), JSON.stringify(config))
}

const drift = async (tags: string[], who = viewer) =>
  (await runOperation(fleet.context, who, fleetDrift, { tags })).data

it('a tag that no node carries is no clean answer, neither of checks, differences nor versions', async () => {
  const input = { tags: ['porduction'] }
  for (const asked of [
    runOperation(fleet.context, operator, lintNodes, input),
    runOperation(fleet.context, operator, fleetDrift, input),
    runOperation(fleet.context, operator, fleetVersions, input),
  ])
    await expect(asked).rejects.toMatchObject({ code: 'no-nodes', params: { tag: 'porduction' } })
})

describe('differences within a fleet', () => {
  it('are told against most of the tag, and what was not read once with its reason', async () => {
    for (const id of ['a', 'b'])
      edit(id, (config) => {
        config.logging = { level: 'info', file: `${fleet.node(id).home}/gateway.log` }
        config.hooks = { token: SECRETS[0] }
        config.env = { vars: { MAP_KEY: SECRETS[0] } }
      })
    edit('c', (config) => {
      config.logging = { level: 'debug', file: `${fleet.node('c').home}/gateway.log` }
      config.env = { vars: { MAP_KEY: SECRETS[1] } }
      config.update = { channel: 'beta' }
    })
    const report = await runOperation(fleet.context, viewer, fleetDrift, {})
    expect(report.outcome).toBe('partial')
    expect(report.data.unread.map(({ id }) => id)).toEqual(['down'])
    expect(report.data.alone).toEqual(['alone'])
    expect(report.data.groups).toEqual([
      {
        tag: 'prod',
        nodes: ['a', 'b', 'c'],
        apart: [
          {
            id: 'c',
            more: 0,
            differences: [
              { path: 'env.vars.MAP_KEY', has: null, most: null, secret: true },
              { path: 'hooks.token', has: null, most: null, secret: true },
              { path: 'logging.level', has: '"debug"', most: '"info"', secret: false },
              { path: 'update.channel', has: '"beta"', most: null, secret: false },
            ],
          },
        ],
        mixed: [],
      },
    ])
    for (const secret of SECRETS) expect(JSON.stringify(report.data)).not.toContain(secret)
  })

  it('are no difference where no value is that of more than half', async () => {
    edit('b', (config) => {
      config.logging = { ...config.logging, level: 'trace' }
    })
    const [group] = (await drift(['prod'])).groups
    expect(group?.mixed).toEqual([{ path: 'logging.level', values: 3 }])
    expect(group?.apart.flatMap(({ differences }) => differences.map(({ path }) => path))).not.toContain(
      'logging.level',
    )
  })

  it('are those of the nodes that a person may see', async () => {
    const lab = { ...viewer, grants: [{ level: 'viewer' as const, tags: ['lab'] }] }
    expect(await drift([], lab)).toEqual({ tags: [], groups: [], alone: ['alone'], unread: [] })
  })
})

const key = expect.stringMatching(/^[0-9a-f]{8}$/)
/** What ocm mends by itself, and what only a person can. */
const [ocm, person] = [
  { key, by: 'ocm' },
  { key, by: 'person' },
]

const codes = async (id: string) => {
  const { outcome, data } = await runOperation(fleet.context, operator, lintNodes, { node: id })
  return { outcome, row: data.rows[0], codes: data.rows[0]?.findings.map(({ code }) => code).sort() }
}

describe('a check of a node', () => {
  it('finds nothing on one that is set up as OpenClaw sets it up', async () => {
    edit('alone', (config) => {
      config.gateway = { ...config.gateway, bind: 'loopback' }
    })
    expect(await codes('alone')).toMatchObject({ outcome: 'done', codes: [], row: { unread: [] } })
  })

  it('names each thing that is not as it seems, with its evidence and the command that mends it', async () => {
    const { home, user } = fleet.node('alone')
    edit('alone', (config) => {
      delete config.gateway?.bind
      config.agents = { ...config.agents, defaults: { contextTokens: 150_000 } }
      config.channels = { discord: { token: 'changeme' }, slack: { botToken: `\${SLACK_TOKEN}` } }
      config.hooks = { token: '__OPENCLAW_REDACTED__' }
    })
    chmodSync(fileOf('alone'), 0o644)
    const record = fleet.context.registry.get('alone')
    if (record === undefined) throw new Error('not registered')
    await fleet.context.nodes.link(record).exec(sh`loginctl disable-linger ${user}`, { deadlineMs: 20_000 })
    const found = await codes('alone')
    expect(found.row?.findings).toEqual(
      expect.arrayContaining([
        { ...ocm, code: 'linger-off', params: {}, fix: `sudo loginctl enable-linger ${user}` },
        {
          ...ocm,
          code: 'open-file',
          params: { path: `${home}/.openclaw/openclaw.json`, mode: '644', wanted: '600' },
          fix: expect.stringContaining('chmod'),
        },
        { ...person, code: 'placeholder', params: { path: 'channels.discord.token' }, fix: null },
        { ...person, code: 'placeholder', params: { path: 'hooks.token' }, fix: null },
        { ...ocm, code: 'bind-unset', params: {}, fix: 'openclaw config set gateway.bind loopback' },
        {
          ...ocm,
          code: 'setting-retired',
          params: { path: 'agents.defaults.contextTokens', version: '2026.9.6' },
          fix: 'openclaw config unset agents.defaults.contextTokens',
        },
      ]),
    )
    expect(found.codes).toHaveLength(6)
    expect(new Set(found.row?.findings.map((one) => one.key)).size).toBe(6)
    expect(JSON.stringify(found.row)).not.toContain('changeme')
  })

  it('says of a node that cannot be reached that nothing is known, and not that nothing was found', async () => {
    const { outcome, data } = await runOperation(fleet.context, operator, lintNodes, { tags: ['prod'] })
    expect(outcome).toBe('partial')
    expect(data.rows.map(({ id, unread }) => [id, unread.length])).toEqual([
      ...[
        ['a', 0],
        ['b', 0],
        ['c', 0],
      ],
      ['down', 1],
    ])
    const clock = data.rows[2]?.findings.find(({ code }) => code === 'clock-skew')
    expect(clock).toEqual({
      ...{ key, by: 'root' },
      code: 'clock-skew',
      params: { seconds: 20 },
      fix: 'sudo timedatectl set-ntp true',
    })
    const denied = runOperation(fleet.context, viewer, lintNodes, { node: 'a' })
    await expect(denied).rejects.toMatchObject({ code: 'not-allowed' })
  })
})
