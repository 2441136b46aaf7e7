import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../registry/address-text.ts'
import { planImport } from '../../registry/import.ts'
import { migrate } from '../../registry/migrations.ts'
import { parseRegistry } from '../../registry/parse.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { redact } from '../../src/base/redact.ts'
import { sessionHistorySchema } from '../../src/monitor/history.ts'
import { parseEnd, parseFacts } from '../../src/openclaw/backup/facts.ts'
import { placesOf } from '../../src/openclaw/backup/places.ts'
import { composeConfig } from '../../src/openclaw/config-document.ts'
import { parseConfigPrint, parseFilesPrint } from '../../src/openclaw/config-file.ts'
import { callError, connectError, parseHello } from '../../src/openclaw/gateway-frames.ts'
import { parseListeners } from '../../src/openclaw/listeners.ts'
import { parseAgents } from '../../src/openclaw/methods/agents.ts'
import { parseBindings } from '../../src/openclaw/methods/bindings.ts'
import { parseChatEnd } from '../../src/openclaw/methods/chat-event.ts'
import { parseLogTail } from '../../src/openclaw/methods/logs.ts'
import { modelLimits, modelSettings } from '../../src/openclaw/methods/models.ts'
import { parseRestartPreflight } from '../../src/openclaw/methods/restart.ts'
import { parseChannels, parseHealth, parseSystemInfo } from '../../src/openclaw/methods/status.ts'
import { parseProbe, parseQuickProbe } from '../../src/openclaw/probe.ts'
import { readFrame } from '../../src/openclaw/read-frame.ts'
import { parseSessionPage, parseSessionStore } from '../../src/openclaw/session-rows.ts'
import { parseKnownHosts } from '../../src/ssh/known-hosts.ts'
import { parseJsonText } from '../../src/state/json-text.ts'
import { SECRET_LINES } from '../base/secrets-in-logs.ts'
import { asJson, damaged, KINDS, numbersIn, recorded, share } from './inputs.ts'

const { parameters, timeout } = share(KINDS)
const SECRET = 'sk-ant-api03-k3Jd92LmQxT7vBz1RnW8cYp4Hs6F'
const AT = { observedAt: 1_790_000_000_000, tookMs: 12 }

const FRAMES = recorded(/^ws-frames.*\.jsonl$/)
  .flatMap((text) => text.split('\n'))
  .filter((line) => line.startsWith('{"dir":"recv"'))
  .map((line) => JSON.stringify((JSON.parse(line) as { frame: unknown }).frame))
const REFUSAL = JSON.stringify({
  type: 'res',
  id: '1',
  ok: false,
  error: {
    code: 'INVALID_REQUEST',
    message: `bad key ${SECRET}`,
    details: { code: SECRET, reason: SECRET },
    retryAfterMs: 5,
  },
})
const ANSWERS = recorded(/^rpc-.*\.json$/)
const PROBE = `noise\n<<ocm-probe m\n${JSON.stringify({
  facts: {
    uptime: '1234.5',
    loadavg: '0.1 0.2 0.3 1/200 4711',
    cpuinfo: '4',
    active: 'active',
    unit_show: 'LoadState=loaded\\nMainPID=12',
    clock: '1790000000',
    mem_total: '1000',
    mem_available: '500',
    df: '/dev/sda1 100 50 50 50% /',
  },
  gaps: { version: 'not-installed' },
})}\nocm-probe m>>\n/dev/sda1 1000 500 500 50% /\n`
const CONFIG = `{ agents: { defaults: { workspace: '~/w' }, list: [{ id: 'a', agentDir: '/x' }] }, $include: './b.json5', models: { providers: {} } }`
const PRINT = `m path\n/h/openclaw.json\nm config\n${CONFIG}\nm process\nA=1\nm file\nB=2\nm 0\n{}\nm end\n`
const REGISTRY = readFileSync(new URL('../../registry/registry.example.json', import.meta.url), 'utf8')
const FORMER =
  '{"nodes":[{"id":"a","name":"A","host":"h","sshPort":22,"sshUser":"root","ocPath":"/x","gatewayPort":18789,"token":"x"}],"retired":[{"id":"b","host":"i","retiredAt":"2026-01-01"}]}'
const HISTORY = '{"node":"a","session":"agent:main:main","agent":"main","window":200000,"points":[[1,2,3]]}'
const END =
  'end {"tar":1,"left":"no"}\ntar: ./a: file changed as we read it\ntar: ./b: Cannot open: No\n\nocm-backup-end m>>\n'

/** What a parser may throw: an error that people can be told, and nothing else. */
function typed<T>(work: () => T): T | OperatorError {
  try {
    return work()
  } catch (error) {
    if (error instanceof OperatorError) return error
    throw error
  }
}

/** Holds a property for as long as it is given. */
function holds<T>(name: string, input: fc.Arbitrary<T>, check: (value: T) => void) {
  it(name, () => fc.assert(fc.property(input, check), parameters), timeout)
}

describe('whatever comes from outside', () => {
  holds('is no frame, or one that tells no secret and little', damaged(...FRAMES, REFUSAL), (text) => {
    const frame = readFrame(Buffer.from(text), () => true)
    if (frame?.type !== 'event' && frame?.type !== 'res') return
    parseChatEnd({ event: 'chat', payload: frame.payload })
    const hello = parseHello(frame.payload)
    if (hello) expect(hello.tickIntervalMs).toBeGreaterThanOrEqual(1_000)
    if (frame.type !== 'res' || !frame.error) return
    for (const error of [connectError('a', frame.error), callError('a', 'sessions.list', frame.error)]) {
      const told = JSON.stringify([error.params, error.detail])
      expect(told).not.toContain(SECRET)
      expect(told.length).toBeLessThan(2_000)
    }
  })

  holds('is no answer, or one with numbers that can be kept', damaged(...ANSWERS), (text) => {
    const payload = asJson(text)
    const read = [
      parseAgents(payload),
      parseBindings(payload),
      parseChannels(payload),
      parseHealth(payload),
      parseSystemInfo(payload),
      parseLogTail(payload),
      parseRestartPreflight(payload),
      parseSessionPage(payload),
      parseSessionStore(payload, 'main'),
      modelSettings(payload),
      modelLimits(payload, payload),
    ]
    for (const number of numbersIn(read)) expect(Number.isFinite(number)).toBe(true)
  })

  holds('is no probe, or one with numbers that can be kept', damaged(PROBE), (text) => {
    const read = [parseProbe(text, 'm', AT, 'openclaw-gateway.service'), parseQuickProbe(text, 'm', AT)]
    for (const number of numbersIn(read)) expect(Number.isFinite(number)).toBe(true)
  })

  holds('is no configuration, or one that stays in its folder', damaged(CONFIG, PRINT), (text) => {
    const print = parseConfigPrint(text, 'm')
    const files = parseFilesPrint(text, 'm', ['/h/b.json5'])
    const config = composeConfig(
      '/h/openclaw.json',
      new Map([['/h/openclaw.json', print?.text ?? text], ...files]),
    )
    if (config.kind === 'needs') for (const file of config.files) expect(file.startsWith('/h/')).toBe(true)
    if (config.kind === 'complete') expect(placesOf(config.value).length).toBeLessThanOrEqual(500)
  })

  holds(
    'hides every secret in a log, and grows by no more than its masks',
    fc.tuple(
      fc.constantFrom(...SECRET_LINES),
      damaged('2026-01-02 [x] ok', 'a=1;b=2', '{"id":1}'),
      damaged('done', '{}'),
    ),
    ([[before, secret, after = ''], head, tail]) => {
      // A name is one only where it begins: what stands directly in front of it would be a part of it.
      const { text, count } = redact(`${head}\n${before}${secret}${after}\n${tail}`)
      expect(text).not.toContain(secret.length < 8 ? before + secret : secret)
      expect(text.length).toBeLessThanOrEqual(
        `${head}${before}${secret}${after}${tail}`.length + 2 + 3 * count,
      )
    },
  )

  holds('is no file of ocm, or a fault with its place', damaged(REGISTRY, FORMER, HISTORY), (text) => {
    const parsed = parseRegistry(Buffer.from(text))
    if (parsed.kind === 'fault') expect(JSON.stringify(parsed.fault).length).toBeLessThan(10_000)
    typed(() => planImport(text, [], { now: () => AT.observedAt }))
    const json = parseJsonText(Buffer.from(text))
    if ('fault' in json) return
    sessionHistorySchema.safeParse(json.document.value)
    const value = json.document.value
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const version of [1, 2, 3]) migrate(value as Record<string, unknown>, version)
  })

  holds(
    'is no end of an archive, no list of keys, no address, or what it says',
    damaged(
      END,
      'facts {"files":1}',
      'host ssh-ed25519 AAAA x\n@revoked * ssh-rsa B\n|1|a|b ssh-rsa C',
      'user@[::1]:22',
      '00000000:4965 0A',
    ),
    (text) => {
      parseFacts(text)
      const end = parseEnd(text, 'm')
      if (end) expect(end.other.every((line) => line.length <= 500)).toBe(true)
      parseKnownHosts(text)
      parseListeners(text)
      parseAddress(text)
    },
  )
})
