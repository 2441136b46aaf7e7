import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh } from '../../src/base/reading.ts'
import { createReader } from '../../src/discord/reader.ts'
import {
  decommissionPlanView,
  decommissionProgressView,
  decommissionResultView,
} from '../../src/discord/views/decommission.ts'
import { DECOMMISSION_STEPS } from '../../src/operations/decommission-journal.ts'
import type {
  DecommissionFault,
  DecommissionResult,
  DecommissionStep,
} from '../../src/operations/decommission-node.ts'
import { type DecommissionPlan, decommissionPlanSchema } from '../../src/operations/decommission-plan.ts'
import type { Outcome } from '../../src/operations/operation.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { ASKED, HOSTILE, HUGE, NOW, PRESSED, reportOf } from './extremes.ts'

const OUTCOMES: Outcome[] = ['done', 'partial', 'failed', 'unknown']
const FAULTS: (DecommissionFault | null)[] = [
  null,
  'backup',
  'not-stopped',
  'not-as-found',
  'not-proven',
  'silent',
  'other',
]
const path = `/${HUGE}`.slice(0, 4_000)
const many = <T>(item: T): T[] => Array.from({ length: 200 }, () => item)

const plan: DecommissionPlan = {
  nodeId: 'n'.repeat(63),
  nodeName: HOSTILE.slice(0, 80),
  reachable: true,
  state: 'serving',
  reason: null,
  running: fresh(many({ sessionKey: HUGE, agentId: HUGE, startedAt: NOW }), 'rpc', NOW),
  otherWork: fresh(many({ kind: HUGE, count: 99_999 }), 'rpc', NOW),
  canDrain: true,
  drainSeconds: 600,
  items: many({ path, id: '1:2', bytes: 512 * 1024 ** 3 }).slice(0, 10),
  stays: many(path),
  resumes: { step: 'delete', startedAt: NOW },
}
const result: DecommissionResult = {
  nodeId: plan.nodeId,
  state: 'cut',
  endedAt: 'delete',
  fault: null,
  reason: { code: 'service-failed' },
  serving: true,
  steps: DECOMMISSION_STEPS.map((step) => ({ step, durationMs: 3_600_000 })),
  backup: '20261128T235959Z-abcdef',
  removed: many(path),
  stays: many(path),
  foreign: many(path),
}
const steps: DecommissionStep[] = DECOMMISSION_STEPS.flatMap((step) => [
  { step, durationMs: null, detail: null },
  {
    step,
    durationMs: null,
    detail:
      step === 'drain'
        ? { step: 'draining', running: 3, waitedMs: 1_000, limitMs: 9_000 }
        : { step: 'verifying', bytes: 1, total: 2 },
  },
  { step, durationMs: 65_000, detail: null },
])

describe.each(LOCALES)('cards of decommissions in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const { ink } = reader

  it('ask with what goes and what stays, from a plan that comes back from a file as it was', () => {
    expect(decommissionPlanSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
    const card = decommissionPlanView(plan, ASKED, reader, HUGE)
    expectAccepted(card)
    expect(textOf(card)).toContain(ink.t('decommission.ask.effect'))
  })

  it('promise no deletion on a node that does not answer', () => {
    const card = decommissionPlanView({ ...plan, reachable: false, items: [] }, ASKED, reader, null)
    expectAccepted(card)
    expect(textOf(card)).toContain(ink.t('decommission.ask.unreachable'))
    expect(textOf(card)).not.toContain(ink.t('decommission.ask.effect'))
  })

  it('show every step', () => {
    for (let count = 0; count <= steps.length; count += 1)
      expectAccepted(decommissionProgressView(plan, steps.slice(0, count), PRESSED, reader))
  })

  it.each(OUTCOMES)('say how it ended: %s', (outcome) => {
    for (const fault of FAULTS)
      for (const state of ['gone', 'as-before', 'cut', 'suspect'] as const)
        for (const serving of [true, false, null])
          expectAccepted(
            decommissionResultView(
              plan,
              reportOf(outcome, { ...result, fault, state, serving }),
              PRESSED,
              reader,
            ),
          )
  })

  it('name the way on wherever it did not come to its end', () => {
    for (const state of ['as-before', 'cut', 'suspect'] as const)
      expect(
        textOf(decommissionResultView(plan, reportOf('failed', { ...result, state }), PRESSED, reader)),
      ).toContain(ink.t(`decommission.next.${state}`).slice(0, 10))
  })
})
