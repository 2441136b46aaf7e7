import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseSettings } from '../../src/settings/config.ts'
import { runHere } from '../cli/in-process.ts'
import { settingsBeside } from '../support/sandbox-settings.ts'
import { eventually } from '../support/until.ts'
import { type Stage, startStage } from './stage.ts'

const PAGES = ['api', 'web', 'metrics'] as const
const TIMEOUT_MS = 60_000
const hasCurl = spawnSync('curl', ['--version']).status === 0

let stage: Stage
let folder = ''
/** What a reader puts in the place of what a page leaves open, as commands print it. */
const filledIn = new Map<string, string>()
/** What was exported so far. */
let exported = ''
/** What each command printed. */
const printed = new Map<string, string>()

beforeAll(async () => {
  stage = await startStage({ settings: { OCM_METRICS_LISTEN: '127.0.0.1:0', OCM_BACKUP_FREE_MB: '1' } })
  folder = join(stage.sandbox.folder, 'reader')
  mkdirSync(folder)
  filledIn.set('http://127.0.0.1:8377', stage.url.origin)
  filledIn.set('http://127.0.0.1:9464/metrics', stage.sandbox.app.metricsUrl() ?? '')
  for (const [name, value] of Object.entries(settingsBeside(stage.sandbox))) vi.stubEnv(name, value)
  const token = await stage.token('viewer')
  await eventually(async () => {
    const { json } = await stage.ask('GET', '/nodes/alpha/status', { token })
    if (json.data?.snapshot.state !== 'serving') throw new Error(`alpha is ${json.data?.snapshot.state}`)
  }, TIMEOUT_MS)
}, TIMEOUT_MS)
afterAll(async () => {
  vi.unstubAllEnvs()
  await stage?.close()
})

/** The commands of a page, each as one line. */
function commandsOf(page: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line !== ''),
  )
}

async function run(command: string): Promise<string> {
  let line = command
  for (const [open, value] of filledIn) line = line.replaceAll(open, value)
  if (line.startsWith('export ')) exported += `${line}\n`
  if (line.startsWith('ocm ')) {
    const words = line.replace(/\s+#.*$/, '').split(' ')
    const { code, out, err } = await runHere(words.slice(1))
    expect([code, err], command).toEqual([0, ''])
    return out
  }
  const shell = spawn('bash', ['-c', `${exported}${line}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  shell.stdout.setEncoding('utf8').on('data', (part: string) => (out += part))
  shell.stderr.setEncoding('utf8').on('data', (part: string) => (err += part))
  const [code] = await once(shell, 'close')
  expect([code, err], command).toEqual([0, ''])
  return out
}

/** Takes down what a later command needs of what this one printed. */
function takeDown(out: string): void {
  const token = /\bocm_[\w-]{20,}\b/.exec(out)?.[0]
  const fingerprint = /"fingerprint":"([^"]+)"/.exec(out)?.[1]
  const location = /^location: .*\/runs\/(\S+)/im.exec(out)?.[1]
  if (token !== undefined) filledIn.set('ocm_…', token)
  if (fingerprint !== undefined) filledIn.set('"fingerprint":"…"', `"fingerprint":"${fingerprint}"`)
  if (location !== undefined) filledIn.set('9f2c41d07ab3', location)
}

/** A bot sees within a second what a shell beside it has written. */
async function untilKnown(): Promise<void> {
  const token = filledIn.get('ocm_…') ?? ''
  await eventually(async () => {
    const { status } = await stage.ask('GET', '/me', { token })
    if (status !== 200) throw new Error(`the token is answered with ${status}`)
  })
}

/** What the one command printed that fits. */
function said(part: RegExp): string {
  const [first, ...others] = [...printed].filter(([command]) => part.test(command))
  expect([part, first?.[0], others]).toEqual([part, expect.any(String), []])
  return first?.[1] ?? ''
}

describe.skipIf(!hasCurl)('the commands of the pages about the API, the page and the metrics', () => {
  it(
    'all do as they are printed, one after the other',
    async () => {
      for (const command of PAGES.flatMap(commandsOf)) {
        const out = await run(command)
        printed.set(command, out)
        takeDown(out)
        if (command.startsWith('ocm token create')) await untilKnown()
      }
      expect(printed.size).toBeGreaterThan(15)
    },
    TIMEOUT_MS,
  )

  it('read the fleet, and change it with a plan', () => {
    expect(JSON.parse(said(/\/nodes\?live=false/)).data.rows).toEqual([
      expect.objectContaining({ id: 'alpha' }),
    ])
    expect(JSON.parse(said(/\/alpha\/status/))).toMatchObject({ operation: 'node-status', outcome: 'done' })
    expect(said(/Idempotency-Key/)).toMatch(/^HTTP\/1\.1 202 /)
    expect(JSON.parse(said(/\/runs\/\w+"$/))).toMatchObject({ operation: 'restart-node' })
    expect(said(/\/events"$/)).toMatch(/event: end\n.*"outcome":"done"/s)
    expect(JSON.parse(said(/\/alpha\/backup"/))).toMatchObject({ operation: 'backup-node', state: 'running' })
    expect(JSON.parse(said(/list-sessions/))).toMatchObject({ outcome: 'done' })
  })

  it('sign in to the page, and collect the metrics', () => {
    expect(said(/^ocm web login/)).toMatch(/#login=[\w-]{43}/)
    expect(said(/\/metrics$/)).toMatch(/^ocm_nodes\{state="serving"\} \d[\s\S]*# EOF\n$/m)
  })

  it('leave settings that are taken', () => {
    const written = parseEnv(readFileSync(join(folder, '.env'), 'utf8'))
    const { config, problems } = parseSettings({ ...settingsBeside(stage.sandbox), ...written }, 'required')
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      http: { host: '127.0.0.1', port: 8_377, address: 'https://ocm.example.org' },
      clientSecret: 'YOUR-CLIENT-SECRET',
      watch: {
        metrics: { host: '127.0.0.1', port: 9_464 },
        heartbeatUrl: expect.stringContaining('YOUR-CHECK'),
      },
    })
  })
})
