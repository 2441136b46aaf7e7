import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offered } from '../../src/http/offered.ts'
// @ts-expect-error a module of the page, which is written for browsers
import { OPERATIONS } from '../../src/http/page/operations.js'
import { tellerOf } from '../../src/presenters/tellers.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
let token: string
beforeAll(async () => {
  stage = await startStage()
  token = await stage.token('admin')
})
afterAll(() => stage.close())

const person = { 'x-ocm': '1', 'accept-language': 'ja' }

/** Their end shows where they were pressed: in the row of the node, of the incident or of the mute. */
const SHOWN_IN_PLACE = [
  'set-maintenance',
  'acknowledge-incident',
  'snooze-incident',
  'unsnooze-incident',
  'mute-alerts',
]

describe('what a person is told by the API', () => {
  it('is there for the plan and the end of whatever the page offers', () => {
    for (const name of Object.keys(OPERATIONS)) {
      const operation = offered.get(name as never)
      if (operation?.question) expect(tellerOf(name), name).toMatchObject({ plan: expect.any(Function) })
      if (!SHOWN_IN_PLACE.includes(name))
        expect(tellerOf(name), name).toMatchObject({ result: expect.any(Function) })
    }
  })

  it('is the plan, each step and the end, in the language of the reader', async () => {
    const asked = { token, headers: person }
    const { json: plan } = await stage.ask('POST', '/nodes/alpha/restart/plan', asked)
    expect(plan.told.title).toBe('Alpha (alpha) を再起動しますか？')
    const body = { fingerprint: plan.fingerprint }
    const begun = await stage.ask('POST', '/nodes/alpha/restart', { ...asked, body })
    const path = `/runs/${begun.json.operationId}`
    await stage.ask('GET', `${path}/events`, { token })
    const { json: run } = await stage.ask('GET', path, asked)
    expect(run.told).toMatchObject({ mood: 'good', title: expect.stringContaining('alpha') })
    expect(run.steps.map(({ key }: { key: string }) => key)).toContain('restarting')
    for (const { text } of run.steps) expect(text).toMatch(/\p{Script=Han}|\p{Script=Katakana}/u)
  })

  it('is how a node stands, in the sections of every face', async () => {
    const { json } = await stage.ask('GET', '/nodes/alpha/status', { token, headers: person })
    expect(json.told.sections.map(({ part }: { part: string }) => part)).toEqual([
      'machine',
      'service',
      'openclaw',
      'gateway',
    ])
  })

  it('leads on from an error to what the page has, and a program to commands', async () => {
    const next = async (headers?: Record<string, string>) =>
      (await stage.ask('GET', '/nodes/nobody/status', { token, ...(headers ? { headers } : {}) })).json.next
    expect(await next({ ...person, 'accept-language': 'en' })).toBe(
      'Pick one from the suggestions, or use “All nodes”.',
    )
    expect(await next(person)).toContain('「すべてのノード」')
    expect(await next()).toContain('ocm node list')
  })

  it('is not there for a program', async () => {
    const { json: plan } = await stage.ask('POST', '/nodes/alpha/restart/plan', { token })
    const { json: status } = await stage.ask('GET', '/nodes/alpha/status', { token })
    expect([plan.told, status.told]).toEqual([undefined, undefined])
  })
})
