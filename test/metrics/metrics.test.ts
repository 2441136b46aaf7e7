import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exposition } from '../../src/metrics/exposition.ts'
import { backupNode } from '../../src/operations/backup-node.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { actor } from '../support/fleet.ts'
import { eventually } from '../support/until.ts'
import { readOpenMetrics } from './read-openmetrics.ts'

const DOCS = new URL('../../docs/', import.meta.url)

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({
    nodes: [
      { id: 'alpha', name: 'a name "of" a\\person', version: '2026.9.6', agents: [{ id: 'main' }] },
      { id: 'gone', name: 'gone', version: '2026.9.6', state: 'down', agents: [{ id: 'main' }] },
    ],
    settings: {
      OCM_METRICS_LISTEN: '127.0.0.1:0',
      OCM_REFRESH_INTERVAL_MS: '1000',
      OCM_LOG_LEVEL: 'silent',
      OCM_BACKUP_FREE_MB: '1',
    },
  })
})
afterAll(() => sandbox.close())

interface Answered {
  status: number
  type: string | undefined
  text: string
}

function ask(
  path: string,
  { method = 'GET', host }: { method?: string; host?: string } = {},
): Promise<Answered> {
  const url = new URL(path, sandbox.app.metricsUrl() ?? '')
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: host === undefined ? {} : { host } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'], text }),
      )
    })
    sent.on('error', reject).end()
  })
}

/** The value of the sample with these labels; undefined where there is none. */
async function read(): Promise<(name: string, labels?: Record<string, string>) => number | undefined> {
  const families = readOpenMetrics((await ask('/metrics')).text)
  return (name, labels = {}) =>
    families
      .get(name)
      ?.samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      ?.value
}

describe('the metrics of a running ocm', () => {
  it('count nodes by state, tell the last pass, and are OpenMetrics', async () => {
    await eventually(async () => {
      const value = await read()
      expect(value('ocm_nodes', { state: 'serving' })).toBe(1)
      expect(value('ocm_nodes', { state: 'unreachable' })).toBe(1)
      expect(value('ocm_node_up', { node: 'alpha' })).toBe(1)
      expect(value('ocm_node_up', { node: 'gone' })).toBe(0)
      expect(value('ocm_sweep_nodes')).toBe(2)
      expect(value('ocm_sweep_reached_nodes')).toBe(1)
      const age = Date.now() / 1_000 - (value('ocm_sweep_last_success_timestamp_seconds') ?? 0)
      expect(age).toBeGreaterThanOrEqual(0)
      expect(age).toBeLessThan(60)
      expect(value('ocm_sweep_duration_seconds')).toBeLessThan(60)
      expect(value('ocm_discord_connected')).toBe(1)
      expect(value('ocm_event_loop_delay_seconds', { stat: 'max' })).toBeGreaterThanOrEqual(0)
    }, 25_000)
    const { type } = await ask('/metrics')
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  })

  it('count the operations by how they ended', async () => {
    const { context } = sandbox.app.owned
    await runOperation(context, actor('viewer'), nodeStatus, { node: 'alpha' })
    await runOperation(context, actor('viewer'), nodeStatus, { node: 'nobody' }).catch(() => undefined)
    const value = await read()
    expect(value('ocm_operations', { operation: 'node-status', outcome: 'done' })).toBe(1)
    expect(value('ocm_operations', { operation: 'node-status', outcome: 'refused' })).toBe(1)
  })

  it('count the incidents that are open by kind and level', async () => {
    await eventually(async () => {
      const value = await read()
      expect(value('ocm_incidents_open', { kind: 'availability', state: 'open' })).toBe(1)
    }, 25_000)
  })

  it('hold no series for what is not known, and no text of a node', async () => {
    const { text } = await ask('/metrics')
    expect(text).not.toContain('ocm_backup_last_success_timestamp_seconds')
    expect(text).not.toContain('person')
  })

  it('answer under the names of this machine only, and nothing else', async () => {
    expect((await ask('/metrics', { host: 'rebound.example.com' })).status).toBe(403)
    expect((await ask('/metrics', { host: 'localhost:9' })).status).toBe(200)
    expect((await ask('/')).status).toBe(404)
    expect((await ask('/metrics', { method: 'POST' })).status).toBe(405)
    const head = await ask('/metrics', { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
  })
})

describe('the metrics of a backup', () => {
  it('tell when it was taken and verified', { timeout: 60_000 }, async () => {
    const before = Date.now() / 1_000
    await runOperation(sandbox.app.owned.context, actor('admin'), backupNode, { node: 'alpha' })
    const value = await read()
    for (const what of ['last_success', 'last_verified'])
      expect(value(`ocm_backup_${what}_timestamp_seconds`, { node: 'alpha' })).toBeGreaterThan(before - 1)
    expect(value('ocm_backup_last_success_timestamp_seconds', { node: 'gone' })).toBeUndefined()
  })

  it.each(['grafana-dashboard.json', 'prometheus-rules.yml'])(
    'and all others that %s asks for are there',
    async (file) => {
      const asked = (await readFile(new URL(file, DOCS), 'utf8')).match(/\bocm_[a-z_]+/g) ?? []
      // The delay of the loop has none where it was read a moment ago, and no scheduled backup failed here.
      await eventually(async () => {
        const { text } = await ask('/metrics')
        const there = [...text.matchAll(/^(ocm_[a-z_]+)/gm)].map(([, name]) => name)
        expect(asked.filter((name) => !there.includes(name) && name !== 'ocm_backup_failures')).toEqual([])
      })
      expect(new Set(asked).size).toBeGreaterThan(5)
    },
  )
})

describe('the exposition', () => {
  it('brings any label and any help back as it was', () => {
    const odd = 'a "quote", a \\ and\na line # EOF {x="y"} 1'
    const text = exposition([
      {
        name: 'odd_seconds',
        type: 'gauge',
        unit: 'seconds',
        help: odd,
        samples: [{ labels: { odd }, value: 1e-7 }],
      },
      { name: 'empty', type: 'gauge', help: 'Left out.', samples: [] },
    ])
    const families = readOpenMetrics(text)
    expect([...families.keys()]).toEqual(['odd_seconds'])
    expect(families.get('odd_seconds')).toMatchObject({
      unit: 'seconds',
      samples: [{ labels: { odd }, value: 1e-7 }],
    })
  })
})
