import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
let token: string
beforeAll(async () => {
  stage = await startStage()
  token = await stage.token('admin')
})
afterAll(() => stage.close())

/** Begins an operation that has a plan, and returns the path of its run. */
async function begun(name: string, input: object): Promise<string> {
  const { json: plan } = await stage.ask('POST', `/operations/${name}/plan`, { token, body: { input } })
  const body = { input, fingerprint: plan.fingerprint }
  const { status, json } = await stage.ask('POST', `/operations/${name}`, { token, body })
  expect(status, json.code).toBe(202)
  return `/runs/${json.operationId}`
}

const ended = async (path: string) => {
  await stage.ask('GET', `${path}/events`, { token })
  return (await stage.ask('GET', path, { token })).json
}

describe('a run that is told to stop', () => {
  it('begins nothing more, lets what has begun end, and tells what was not begun', async () => {
    const path = await begun('fleet-restart', { tags: [] })
    await expect
      .poll(async () => (await stage.ask('GET', path, { token })).json.steps.length)
      .toBeGreaterThan(0)
    const other = await stage.token('operator')
    expect(await stage.ask('POST', `${path}/stop`, { token: other })).toMatchObject({
      status: 404,
      json: { code: 'unknown-run' },
    })
    const told = await stage.ask('POST', `${path}/stop`, { token })
    expect(told).toMatchObject({ status: 202, json: { state: 'running', stopping: true } })
    const run = await ended(path)
    expect(run).toMatchObject({ state: 'ended', stopping: false, outcome: 'partial' })
    expect(run.data.stopped).toBe(true)
    const states = run.data.rows.map(({ id, state }: { id: string; state: string }) => [id, state])
    expect(states.slice(0, 2)).toEqual([
      ['alpha', 'done'],
      ['beta', 'not-begun'],
    ])
    const again = await stage.ask('POST', `${path}/stop`, { token })
    expect(again).toMatchObject({ status: 200, json: { state: 'ended', outcome: 'partial' } })
  })

  it('goes on where it acts on one node, and the answer says so', async () => {
    const path = await begun('restart-node', { node: 'alpha' })
    const told = await stage.ask('POST', `${path}/stop`, { token })
    expect(told).toMatchObject({ status: 409, json: { code: 'run-goes-on' } })
    expect(await ended(path)).toMatchObject({ outcome: 'done' })
  })
})
