import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ERROR_CODES } from '../../src/base/errors.ts'
import { operations } from '../../src/operations/index.ts'
import { hostileTexts } from '../support/hostile-texts.ts'
import { fitting, type JsonSchema, strange } from './inputs.ts'
import { type Answered, type Stage, startStage } from './stage.ts'

const EVERY_CASE = process.env.OCM_ALL_CASES === '1'
/** How many requests are made up for each route. */
const RUNS = EVERY_CASE ? 60 : 2
/** The sample is the same each time; all cases are others each time. */
const SEED = 20_261_129
const AT_ONCE = 6
/** Streams have no end, and what signs in or out is tried where people sign in. */
const ELSEWHERE = /^\/(?:stream$|login$|logout$|runs\/\{run\}\/events$)/
/** Of a body of 256 KB at most: a longer one is refused before it is read. */
const LONGEST = 20_000

/** What a look has to be told. */
const NEEDED: Record<string, object> = {
  'node-status': { node: 'alpha' },
  'node-logs': { node: 'alpha' },
  'list-sessions': { node: 'alpha' },
  'show-session': { node: 'alpha', session: 'agent:main:main' },
  'list-bots': { node: 'alpha' },
  'compare-backups': { node: 'alpha', from: 'latest' },
}

interface Described {
  parameters?: { name: string; in: string; required?: boolean; schema: JsonSchema }[]
  requestBody?: { content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}

let stage: Stage
let canaries: string
let paths: Record<string, Record<string, Described>>
let components: Record<string, object>
let odd: fc.Arbitrary<unknown>

beforeAll(async () => {
  stage = await startStage()
  canaries = await mkdtemp(join(tmpdir(), 'ocm-canaries-'))
  const texts = Object.values(hostileTexts(canaries)).map((text) => text.slice(0, LONGEST))
  odd = strange(texts)
  const { json } = await stage.ask('GET', '/openapi.json', { token: await stage.token('admin') })
  paths = json.paths
  components = json.components.schemas
}, 60_000)
afterAll(async () => {
  await stage.close()
  await rm(canaries, { recursive: true })
})

/** Whether a body is as the document describes it for an answer of this status. */
function conforms({ responses }: Described, status: number, body: unknown): boolean {
  const schema = responses[status]?.content?.['application/json']?.schema
  return z.fromJSONSchema(resolved(schema) as never).safeParse(body).success
}

/** What an answer has to look like: as the document says for its status, and a problem for everything else. */
function expectDescribed(answer: Answered, { responses }: Described, about: string): void {
  const type = String(answer.headers['content-type']).split(';')[0] ?? ''
  const response = responses[answer.status] ?? responses.default
  const schema = response?.content?.[type]?.schema
  expect(schema, `${about}: ${answer.status} ${type} ${answer.text.slice(0, 300)}`).toBeDefined()
  const found = z.fromJSONSchema(resolved(schema) as never).safeParse(answer.json)
  expect(found.error, `${about}: ${answer.text.slice(0, 600)}`).toBeUndefined()
  expect(answer.status, `${about}: ${answer.text.slice(0, 600)}`).not.toBe(500)
  if (type !== 'application/problem+json') return
  expect(answer.json.status).toBe(answer.status)
  expect(Object.keys(ERROR_CODES)).toContain(answer.json.code)
  expect(answer.json.code, about).not.toBe('internal')
}

/** The schema with what it refers to in its place. */
function resolved(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(resolved)
  if (typeof schema !== 'object' || schema === null) return schema
  if ('$ref' in schema) return resolved(components[String(schema.$ref).split('/').at(-1) ?? ''])
  return Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, resolved(part)]))
}

/** A request that the document allows, or nearly. */
function requestFor(path: string, { parameters = [], requestBody }: Described) {
  const body = requestBody?.content['application/json']?.schema
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
  const query = parameters.filter((one) => one.in === 'query')
  return fc.record({
    path: fc.record(
      Object.fromEntries(inPath.map((name) => [name, fc.oneof(fc.constantFrom('alpha', 'gone', 'x'), odd)])),
    ),
    query: fc.record(Object.fromEntries(query.map(({ name, schema }) => [name, fitting(schema, odd)])), {
      requiredKeys: [],
    }),
    body: body ? fitting(body, odd) : fc.constant(undefined),
  })
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? null))
/** A part of an address; half a character has no place in one. */
const encoded = (value: unknown) =>
  encodeURIComponent(
    asText(value)
      .slice(0, 2_000)
      .replaceAll(/\p{Surrogate}/gu, '?'),
  )

describe('every route of the document', () => {
  it('answers what is nearly right, wrong or hostile as described, and never breaks', async () => {
    let tried = 0
    const left = Object.entries(paths).filter(([path]) => !ELSEWHERE.test(path))
    const tryRoute = async ([path, methods]: [string, Record<string, Described>]) => {
      // Each token may do only so much in a minute.
      const token = await stage.token('admin')
      for (const [method, described] of Object.entries(methods)) {
        await fc.assert(
          fc.asyncProperty(requestFor(path, described), async (made) => {
            const values = new Map(Object.entries(made.path))
            const target = path.replaceAll(/\{(\w+)\}/g, (_all, name) => encoded(values.get(name) || 'x'))
            const query = Object.entries(made.query).map(([name, value]) => `${name}=${encoded(value)}`)
            const address = query.length === 0 ? target : `${target}?${query.join('&')}`
            const body = made.body === undefined ? {} : { body: JSON.stringify(made.body) }
            const headers = made.body === undefined ? {} : { 'Content-Type': 'application/json' }
            const answer = await stage.ask(method.toUpperCase(), address, { token, headers, ...body })
            tried++
            // The server of Node refuses what is no address before the program sees it.
            if (answer.status === 431) return
            expectDescribed(
              answer,
              described,
              `${method} ${address.slice(0, 200)} ${body.body?.slice(0, 400)}`,
            )
          }),
          EVERY_CASE ? { numRuns: RUNS } : { numRuns: RUNS, seed: SEED, endOnFailure: true },
        )
      }
    }
    // What waits for a node or for Discord waits beside the others.
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let next = left.shift(); next; next = left.shift()) await tryRoute(next)
    })
    await Promise.all(workers)
    expect(tried).toBeGreaterThan(100)
    expect(await readdir(canaries)).toEqual([])
  }, 300_000)

  it('answers each look with the data that the document describes', async () => {
    const token = await stage.token('admin')
    const looks = operations.filter(({ name, effect }) => effect === 'read' && `/operations/${name}` in paths)
    let read = 0
    for (const { name } of looks) {
      const path = `/operations/${name}`
      const known = NEEDED[name] ?? {}
      const answer = await stage.ask('POST', path, { token, body: { input: known } })
      expectDescribed(answer, paths[path]?.post as Described, name)
      if (answer.status !== 200) continue
      read++
      expect(answer.json.data, name).toEqual(expect.any(Object))
    }
    expect(read).toBeGreaterThan(12)
  }, 60_000)

  it('is told by the document what a reading holds, and when it has a reason', async () => {
    const { json } = await stage.ask('GET', '/nodes?live=false', { token: await stage.token('admin') })
    const route = paths['/nodes']?.get as Described
    expect(conforms(route, 200, json)).toBe(true)
    const { observedAt, source } = { ...json.data.rows[0].agents, source: 'rpc' }
    const known = { observedAt, source, value: 1 }
    const cases: [object, boolean][] = [
      [{ ...known, freshness: 'fresh' }, true],
      [{ ...known, freshness: 'fresh', value: 'one' }, false],
      [{ ...known, freshness: 'fresh', value: null }, false],
      [{ ...known, freshness: 'stale' }, false],
      [{ ...known, freshness: 'stale', reason: { code: 'from-cache' } }, true],
      [{ ...known, freshness: 'unknown', reason: { code: 'deadline' } }, false],
      [{ ...known, freshness: 'unknown', value: null, reason: { code: 'deadline' } }, true],
      [{ ...known, freshness: 'unknown', value: null, reason: { code: 'no such code' } }, false],
      [{ ...known, freshness: 'fresh', source: 'hearsay' }, false],
    ]
    for (const [agents, fits] of cases) {
      const rows = json.data.rows.map((row: object) => ({ ...row, agents }))
      const body = { ...json, data: { ...json.data, rows } }
      expect(conforms(route, 200, body), JSON.stringify(agents)).toBe(fits)
    }
  })

  it('takes each hostile text in the place of a node and of a reason without a fault', async () => {
    const token = await stage.token('operator')
    const texts = Object.entries(hostileTexts(canaries))
    for (const [name, text] of texts) {
      const short = text.slice(0, LONGEST)
      const body = JSON.stringify({ input: { node: short }, reason: short })
      const headers = { 'Content-Type': 'application/json' }
      for (const path of [
        '/operations/node-status',
        '/operations/set-maintenance',
        '/operations/list-audit',
      ]) {
        const answer = await stage.ask('POST', path, { token, headers, body })
        expect(answer.status, `${name} ${path} ${answer.text.slice(0, 300)}`).toBeGreaterThanOrEqual(200)
        expect([200, 404, 422], `${name} ${path} ${answer.text.slice(0, 300)}`).toContain(answer.status)
      }
    }
    expect(await readdir(canaries)).toEqual([])
  }, 120_000)
})
