import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { resultText } from '../../src/cli/views/told.ts'
import { fleetUpdate } from '../../src/operations/fleet-update.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { type UpdateStep, updateNode } from '../../src/operations/update-node.ts'
import { updateResult } from '../../src/presenters/update-node.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import type { ReleaseFlaw } from '../../src/sandbox/nodes/control.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 40, stopMs: 20, restartSecMs: 60, crashAfterMs: 60, drainMs: 100 }
const TO = '2026.9.6'
const IDS = ['whole', 'asked', 'failing', 'silent', 'keyless', 'lost', 'one', 'two']
const INK = createInk('en', false, Date.now)
const admin = actor('admin')

let archives: string
let fleet: Fleet

beforeAll(async () => {
  archives = mkdtempSync(join(tmpdir(), 'ocm-archives-'))
  await writeArchives(archives, '2026.8.1', TO)
  fleet = await startFleet(
    IDS.map((id) => ({
      ...{ id, name: id, tags: id === 'one' || id === 'two' ? ['wave'] : [], timings: TIMINGS },
      version: '2026.8.1' as const,
      agents: [
        { id: 'main', sessions: id === 'keyless' ? [] : [{ key: 'agent:main:main', totalTokens: 1_000 }] },
      ],
    })),
    {
      ...{ OCM_BACKUP_FREE_MB: '1', OCM_UPDATE_SOAK_MS: '200', OCM_UPDATE_TURN_MS: '1500' },
      ...{ OCM_PROGRAM_SOURCE: archives, OCM_RESTART_DEADLINE_MS: '20000', OCM_STATUS_DEADLINE_MS: '60000' },
    },
  )
})
afterAll(async () => {
  await fleet?.close()
  rmSync(archives, { recursive: true, force: true })
})

async function update(node: string, { turn = true, flaw = null as ReleaseFlaw | null } = {}) {
  fleet.node(node).gateway.spoilRelease(TO, flaw)
  const input = { node, to: TO, turn }
  const steps: UpdateStep['step'][] = []
  const confirmed = await planOperation(fleet.context, admin, updateNode, input)
  const onProgress = ({ step }: UpdateStep) => steps.push(step)
  const report = await runOperation(fleet.context, admin, updateNode, input, { confirmed, onProgress })
  return { ...report, steps, said: resultText(updateResult(report, INK), report, INK) }
}

const sessionsOf = (node: string) =>
  fleet
    .node(node)
    .gateway.sessions()
    .map(({ key, turns }) => `${key} ${turns}`)
async function versionOf(node: string) {
  const { data } = await runOperation(fleet.context, admin, nodeStatus, { node })
  return `${data.snapshot.install.version.value} ${data.snapshot.state}`
}

describe('one turn at the gate of an update', { timeout: 120_000 }, () => {
  it('is answered in a session of its own, which is gone afterwards', async () => {
    const before = sessionsOf('whole')
    const { outcome, data, steps, said } = await update('whole')
    expect(outcome).toBe('done')
    expect(data.turn).toMatchObject({ state: 'answered', why: null, agent: 'main', left: null })
    expect(steps.slice(-3)).toEqual(['checking', 'trying-turn', 'verified'])
    expect(sessionsOf('whole')).toEqual(before)
    expect(said).toContain('One turn with main was answered in ')
  })

  it('is not run where nobody allowed it, and that is said', async () => {
    const { outcome, data, steps, said } = await update('asked', { turn: false, flaw: 'turns-fail' })
    expect([outcome, data.turn?.state, data.turn?.why]).toEqual(['done', 'not-run', 'not-allowed'])
    expect(steps).not.toContain('trying-turn')
    expect(said).toContain('No turn was run, because it was not allowed.')
  })

  it('takes the node back where no model answers', async () => {
    const before = sessionsOf('failing')
    const { outcome, data, said } = await update('failing', { flaw: 'turns-fail' })
    expect(data).toMatchObject({ state: 'rolled-back', serving: true, fault: 'turn-failed' })
    expect([outcome, data.turn?.state, data.turn?.left]).toEqual(['failed', 'failed', null])
    expect(said).toContain('provider rejected the request schema')
    expect(await versionOf('failing')).toBe('2026.8.1 serving')
    expect(sessionsOf('failing')).toEqual(before)
  })

  it('leaves what serves alone when nothing is heard of it, and says that nobody knows', async () => {
    const before = sessionsOf('silent')
    const { outcome, data, said } = await update('silent', { flaw: 'turns-silent' })
    expect(data).toMatchObject({ state: 'unproven', serving: true, fault: 'turn-silent' })
    expect([outcome, data.turn?.state, data.turn?.left]).toEqual(['unknown', 'silent', null])
    expect(said).toContain('whether its agents answer is not known')
    expect(await versionOf('silent')).toBe(`${TO} serving`)
    expect(sessionsOf('silent')).toEqual(before)
  })

  it('is gone on with by the same update without a turn', async () => {
    const { outcome, data } = await update('silent', { turn: false })
    expect([outcome, data.state, data.turn?.why]).toEqual(['done', 'updated', 'not-allowed'])
  })

  it('is not run where OpenClaw never had a key', async () => {
    const { outcome, data, said } = await update('keyless', { flaw: 'no-key' })
    expect([outcome, data.turn?.state, data.turn?.why]).toEqual(['done', 'not-run', 'no-key'])
    expect(said).toContain('No turn was run, because OpenClaw has no key for the provider of main.')
    expect(sessionsOf('keyless')).toEqual([])
  })

  it('takes the node back where the update lost the key', async () => {
    const { data } = await update('lost', { flaw: 'no-key' })
    expect(data).toMatchObject({ state: 'rolled-back', fault: 'turn-failed' })
    expect(await versionOf('lost')).toBe('2026.8.1 serving')
  })

  it('halts an update of many where it fails', async () => {
    fleet.node('one').gateway.spoilRelease(TO, 'turns-fail')
    const input = { tags: ['wave'], to: TO, turn: true }
    const confirmed = await planOperation(fleet.context, admin, fleetUpdate, input)
    const { outcome, data } = await runOperation(fleet.context, admin, fleetUpdate, input, { confirmed })
    expect([outcome, data.haltedBy]).toEqual(['failed', 'one'])
    expect(data.rows.map(({ state, update: one }) => [state, one?.fault, one?.turn?.state])).toEqual([
      ['failed', 'turn-failed', 'failed'],
      ['not-begun', undefined, undefined],
    ])
    const other = runOperation(fleet.context, admin, fleetUpdate, { ...input, turn: false }, { confirmed })
    await expect(other).rejects.toMatchObject({ code: 'plan-changed' })
  })
})
