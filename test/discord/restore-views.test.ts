import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh } from '../../src/base/reading.ts'
import { createReader } from '../../src/discord/reader.ts'
import { restorePlanView, restoreProgressView, restoreResultView } from '../../src/discord/views/restore.ts'
import type { Outcome } from '../../src/operations/operation.ts'
import type { RestoreFault } from '../../src/operations/replace-state.ts'
import type { RestoreResult, RestoreStep } from '../../src/operations/restore-node.ts'
import { type RestorePlan, restorePlanSchema } from '../../src/operations/restore-plan.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { ASKED, HOSTILE, HUGE, NOW, PRESSED, reportOf } from './extremes.ts'

const OUTCOMES: Outcome[] = ['done', 'partial', 'failed', 'unknown']
const FAULTS: RestoreFault[] = [
  'not-stopped',
  'not-swapped',
  'not-serving',
  'agents-missing',
  'silent',
  'other',
]
const path = `/${HUGE}`.slice(0, 4_000)
const many = <T>(item: T): T[] => Array.from({ length: 200 }, () => item)

const plan: RestorePlan = {
  nodeId: 'n'.repeat(63),
  nodeName: HOSTILE.slice(0, 80),
  state: 'serving',
  reason: null,
  running: fresh(many({ sessionKey: HUGE, agentId: HUGE, startedAt: NOW }), 'rpc', NOW),
  otherWork: fresh(many({ kind: HUGE, count: 99_999 }), 'rpc', NOW),
  canDrain: true,
  drainSeconds: 600,
  backup: '20261128T235959Z-abcdef',
  takenAt: NOW,
  verifiedAt: null,
  files: 500_000,
  bytes: 512 * 1024 ** 3,
  agents: many({ id: HUGE, sessions: 1_000 }),
  replaced: many({ path, present: true, bytes: 512 * 1024 ** 3 }),
  openclaw: { backup: HUGE, node: null },
  databases: { backup: { state: 18, agent: 23 }, node: { state: null, agent: null } },
  freeBytes: 1024 ** 4,
  freeHereBytes: 1024 ** 4,
  machine: { backup: HUGE, node: HUGE, differs: ['machine-id', 'host-key', 'hostname'] },
  neededBytes: 1024 ** 4,
  leftovers: many({ folder: path, told: 'between' as const }),
  move: null,
}
const moved: RestorePlan = {
  ...plan,
  move: {
    from: 'f'.repeat(63),
    fromName: HOSTILE.slice(0, 80),
    original: 'suspect',
    startsAtBoot: null,
    home: { before: path, after: path },
    rewritten: Array.from({ length: 100 }, () => ({ path, before: path, after: path })),
    rewrittenCount: 5_000,
    variables: many(HUGE),
    notRewritten: ['databases', 'includes', 'links'],
    agentsThere: 1_000,
  },
}
const result: RestoreResult = {
  nodeId: plan.nodeId,
  backup: plan.backup,
  takenAt: NOW,
  moved: { from: 'f'.repeat(63), suspect: true },
  state: 'restored',
  serving: true,
  fault: null,
  reason: { code: 'service-failed' },
  logTail: many(HUGE),
  secondsDown: 300,
  compared: {
    agentsMissing: many(HUGE),
    fewer: many({ agent: HUGE, had: 9, missing: 8 }),
    unusable: many(path),
    unread: true,
  },
  asides: many({ path: '/home/oc/.openclaw.before-restore-1', bytes: 5, removal: 'rm -rf -- /home/oc/x' }),
  kept: many({ path, bytes: null }),
  places: many({ real: path, staged: path, aside: path, kept: path }),
}
const waited = { waitedMs: 5_000, limitMs: 300_000 }
const steps: RestoreStep[] = [
  { step: 'verifying', bytes: 1, total: 2 },
  { step: 'staging', bytes: 1, total: 2 },
  { step: 'checking-staged' },
  { step: 'draining', running: 3, ...waited },
  { step: 'stopping', ...waited },
  { step: 'swapping' },
  { step: 'starting' },
  { step: 'waiting', ...waited, reason: { code: 'gateway-starting' } },
  { step: 'comparing' },
  { step: 'rolling-back' },
  { step: 'verified' },
]

describe.each(LOCALES)('cards of restores in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const { ink } = reader

  it('ask with what comes and what goes, from a plan that comes back from a file as it was', () => {
    expect(restorePlanSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
    const card = restorePlanView(plan, ASKED, reader, HUGE)
    expectAccepted(card)
    expect(textOf(card)).toContain(ink.t('restore.ask.effect'))
    expect(textOf(card)).toContain(ink.t('restore.ask.unverified'))
  })

  it('ask before a backup goes onto another node, with what becomes another there', () => {
    expect(restorePlanSchema.parse(JSON.parse(JSON.stringify(moved)))).toEqual(moved)
    const card = restorePlanView(moved, ASKED, reader, HUGE)
    expectAccepted(card)
    expect(textOf(card)).toContain(ink.t('restore.ask.own-unit'))
    expect(textOf(card)).toContain(ink.t('restore.ask.not-rewritten.databases'))
  })

  it('show every step', () => {
    for (let count = 0; count <= steps.length; count += 1)
      expectAccepted(restoreProgressView(plan, steps.slice(0, count), PRESSED, reader))
  })

  it.each(OUTCOMES)('say how it ended: %s', (outcome) => {
    for (const fault of [null, ...FAULTS])
      for (const state of ['restored', 'before', 'unproven'] as const)
        expectAccepted(
          restoreResultView(plan, reportOf(outcome, { ...result, fault, state }), PRESSED, reader),
        )
  })

  it('tell which state the node has, and nothing where nobody knows', () => {
    const shown = (change: Partial<RestoreResult>) =>
      textOf(
        restoreResultView(plan, reportOf('failed', { ...result, logTail: [], ...change }), PRESSED, reader),
      )
    const words = [ink.t('restore.restored'), ink.t('restore.back'), ink.t('restore.back-down')]
    const told = (change: Partial<RestoreResult>) => words.filter((word) => shown(change).includes(word))
    expect(told({ state: 'restored' })).toEqual([words[0]])
    expect(told({ state: 'before', serving: true })).toEqual([words[1]])
    expect(told({ state: 'before', serving: false })).toEqual([words[2]])
    expect(told({ state: 'unproven' })).toEqual([])
  })
})
