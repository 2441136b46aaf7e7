import { request } from 'node:http'
import { vi } from 'vitest'
import { offered } from '../../src/http/offered.ts'
import { ROUTES } from '../../src/http/routes.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import type { OperationName } from '../../src/operations/index.ts'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import { PEOPLE } from '../../src/sandbox/stage/start-sandbox.ts'
import { runHere } from '../cli/in-process.ts'
import { controlsOf, person } from '../support/room.ts'
import type { At, Step } from './story.ts'
import type { Face, World } from './world.ts'

const PATIENCE_MS = 90_000
const PAUSE_MS = 30

/** How an operation ended, as a program is told by its face; null for a face that tells people alone. */
export interface Answered {
  outcome: string
  errorCode: string | null
  data: unknown
}

/** Does a step through a face. */
export function perform(
  world: World,
  face: Face,
  step: Step,
  at: At,
  as: 'admin' | 'viewer',
): Promise<Answered | null> {
  if (face === 'cli') return throughShell(world, step, at)
  return face === 'http' ? throughHttp(world, step, at, as) : throughDiscord(world, step, at, as)
}

async function throughShell(world: World, step: Step, at: At): Promise<Answered> {
  for (const [name, value] of Object.entries(world.env)) vi.stubEnv(name, value)
  try {
    const why = step.reason === undefined ? [] : ['--reason', step.reason]
    const { out, err } = await runHere([...(step.cli?.(at) ?? []), ...why, '--json'])
    if (out === '') throw new Error(`the shell said nothing but ${err}`)
    const { outcome, error, data } = JSON.parse(out)
    return { outcome, errorCode: error?.code ?? null, data }
  } finally {
    vi.unstubAllEnvs()
  }
}

/** Asks as a program does: plans where it has to, confirms, and reads the run to its end. */
async function throughHttp(world: World, step: Step, at: At, as: 'admin' | 'viewer'): Promise<Answered> {
  const name = step.operation as OperationName
  const decision = ROUTES[name]
  const operation = offered.get(name)
  const input = step.input(at)
  const { node, ...rest } = input
  const own = decision.kind === 'own' ? decision.route : null
  const inPath = own?.path.includes('{id}') === true
  const path =
    own === null ? `/operations/${name}` : own.path.replace('{id}', encodeURIComponent(String(node)))
  const ask = (method: string, where: string, body?: object) => askApi(world, method, where, { as, body })
  if (own?.method === 'get') return answeredOf(await ask('GET', `${path}${queryOf(inPath ? rest : input)}`))
  const why = step.reason === undefined ? {} : { reason: step.reason }
  const asked = { input: inPath ? rest : input, ...why }
  let confirmed = {}
  if (operation?.question) {
    const planned = await ask('POST', `${path}/plan`, asked)
    if (planned.status !== 200) return answeredOf(planned)
    confirmed = { fingerprint: planned.json.fingerprint }
  }
  const begun = await ask('POST', path, { ...asked, ...confirmed })
  if (begun.status !== 202) return answeredOf(begun)
  const run = `/runs/${begun.json.operationId}`
  await ask('GET', `${run}/events`)
  return answeredOf(await ask('GET', run))
}

interface Said {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  json: any
}

function answeredOf({ json }: Said): Answered {
  // What is refused comes as a problem, which has no data.
  if (json.outcome === undefined) return { outcome: 'problem', errorCode: json.code, data: null }
  return { outcome: json.outcome, errorCode: json.error?.code ?? null, data: json.data }
}

function queryOf(input: Record<string, unknown>): string {
  const pairs = Object.entries(input).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

async function askApi(
  world: World,
  method: string,
  path: string,
  { as, body }: { as: 'admin' | 'viewer'; body?: object | undefined },
): Promise<Said> {
  const url = new URL(world.sandbox.app.apiUrl() ?? '')
  const headers = {
    authorization: `Bearer ${world.tokens[as]}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  return new Promise((resolve, reject) => {
    const sent = request(`${url.href}${path}`, { method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => {
        const isJson = /json/.test(answer.headers['content-type'] ?? '')
        resolve({ status: answer.statusCode ?? 0, json: isJson ? JSON.parse(text) : undefined })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** Types the command, fills its form, and presses the button of the question; ends with the line in the audit. */
async function throughDiscord(world: World, step: Step, at: At, as: 'admin' | 'viewer'): Promise<null> {
  const { discord } = world.sandbox
  const who = person(discord, PEOPLE[as])
  const known = new Set((await world.audit()).map(({ operationId }) => operationId))
  const before = new Set(who.messages().map(({ id }) => id))
  const { command, options = {}, form } = step.discord?.(at) ?? { command: '' }
  const why = step.reason === undefined ? {} : { reason: step.reason }
  const used = await who.type(command, form ? options : { ...options, ...why })
  if (form) {
    await discord.until(() => discord.control.interaction(used.id).modal)
    await discord.control.submit(who.as, used.id, { ...form, ...why })
  }
  const question = (): MessageView | undefined =>
    who
      .messages()
      .find((one) => !before.has(one.id) && controlsOf(one).some((id) => id.includes('confirm|yes')))
  const end = performance.now() + PATIENCE_MS
  let pressed = false
  for (;;) {
    const lines = await world.audit()
    const isOver = (line: AuditEntry) =>
      !known.has(line.operationId) && line.operation === step.operation && line.face === 'discord'
    if (lines.some(isOver)) return null
    const asked = question()
    if (asked && !pressed) {
      pressed = true
      await who.press(asked, 'confirm|yes')
    }
    if (performance.now() > end) {
      const shown = who.messages().filter(({ id }) => !before.has(id))
      throw new Error(`/${command} did not end: ${JSON.stringify(shown).slice(0, 2_000)}`)
    }
    await new Promise((wake) => setTimeout(wake, PAUSE_MS))
  }
}
