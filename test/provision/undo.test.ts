import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runSteps, undoSteps } from '../../src/provision/run-steps.ts'
import { MACHINE_STEPS } from '../../src/provision/steps.ts'
import { type BareMachine, startBareMachine } from './bare-machine.ts'

let bare: BareMachine

beforeEach(async () => {
  bare = await startBareMachine()
})
afterEach(() => bare.close())

const state = (name: string) => join(bare.fleet.node('bare').home, '.openclaw', name)
const text = (name: string) => readFileSync(state(name), 'utf8')

function put(name: string, content: string): void {
  mkdirSync(dirname(state(name)), { recursive: true })
  writeFileSync(state(name), content, { mode: 0o600 })
}

/** An addition whose gateway does not start. */
async function stopped(): Promise<void> {
  const { gateway } = bare.fleet.node('bare')
  gateway.failStarts(1)
  const { additions, run } = bare
  const { fault } = await runSteps(MACHINE_STEPS, bare.bench(), run, {
    additions,
    witness: { told: () => undefined },
  })
  expect(fault).toMatchObject({ step: 'readiness' })
  gateway.failStarts(null)
}

async function undone() {
  const last = await bare.additions.get('bare')
  if (last === undefined) throw new Error('nothing was begun')
  return await undoSteps(bare.bench(), last, () => undefined)
}

describe('the undo on a machine that had a state folder of OpenClaw', () => {
  it('takes the configuration and the key that came, and nothing else', async () => {
    put('notes/mine.md', 'mine\n')
    await stopped()
    expect(existsSync(state('openclaw.json'))).toBe(true)
    expect(text('.env')).toContain('ANTHROPIC_API_KEY=')
    expect(await undone()).toEqual({ left: [], fault: null })
    expect(existsSync(state('openclaw.json'))).toBe(false)
    expect(existsSync(state('.env'))).toBe(false)
    expect(text('notes/mine.md')).toBe('mine\n')
  }, 60_000)

  it.each([
    ['without a key', 'OTHER=1\n'],
    ['with a key of its own, which is used', 'ANTHROPIC_API_KEY=mine\nOTHER=1\n'],
    ['with nothing in them', ''],
  ])(
    'leaves its variables as they were, %s',
    async (_what, had) => {
      put('.env', had)
      await stopped()
      if (had.includes('mine')) expect(text('.env')).toBe(had)
      else expect(text('.env')).toContain('ANTHROPIC_API_KEY=sk-ant')
      expect(await undone()).toEqual({ left: [], fault: null })
      expect(text('.env')).toBe(had)
      expect(statSync(state('.env')).mode & 0o777).toBe(0o600)
    },
    60_000,
  )
})
