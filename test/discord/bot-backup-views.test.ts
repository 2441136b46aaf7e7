import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh } from '../../src/base/reading.ts'
import { createReader } from '../../src/discord/reader.ts'
import {
  botBackupProgressView,
  restoreBotPlanView,
  restoreBotProgressView,
  restoreBotQuestion,
  restoreBotResultView,
} from '../../src/discord/views/bot-backups.ts'
import type { RestoreBotResult } from '../../src/operations/restore-bot.ts'
import type { RestoreBotPlan } from '../../src/operations/restore-bot-plan.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { ASKED, HOSTILE, HUGE, NOW, PRESSED, reportOf } from './extremes.ts'

const ID = 'b'.repeat(64)
const NODE = 'n'.repeat(63)
const BACKUP = '20261128T235959Z-abcdef'
const PATH = `/${HUGE}`.slice(0, 4_096)
const place = { path: PATH, present: true, bytes: 512 * 1024 ** 3 }

const plan: RestoreBotPlan = {
  nodeId: NODE,
  nodeName: HOSTILE.slice(0, 80),
  botId: ID,
  isThere: true,
  state: 'not-serving',
  reason: null,
  running: fresh(
    Array.from({ length: 50 }, () => ({ sessionKey: HUGE, agentId: ID, startedAt: NOW - 1_000 })),
    'rpc',
    NOW,
  ),
  otherWork: fresh([{ kind: HUGE, count: 9 }], 'rpc', NOW),
  canDrain: true,
  drainSeconds: 300,
  backup: BACKUP,
  takenAt: NOW - 5_000,
  verifiedAt: null,
  fromWhole: true,
  files: 500_000,
  bytes: 512 * 1024 ** 3,
  sessions: 2_000,
  sessionsNow: fresh(2_000, 'rpc', NOW),
  replaced: [place, place],
  openclaw: { backup: HUGE, node: HUGE },
  freeBytes: 512 * 1024 ** 3,
  neededBytes: 512 * 1024 ** 3,
  told: true,
  bindings: Array.from({ length: 500 }, () => HUGE),
  bindingsTaken: Array.from({ length: 500 }, () => HUGE),
  jobs: null,
  leftovers: [{ folder: PATH, told: 'between' }],
}

const result: RestoreBotResult = {
  ...{ nodeId: NODE, botId: ID, backup: BACKUP, takenAt: NOW - 5_000, made: 'made' },
  ...{ state: 'restored', serving: true, fault: null, reason: null, logTail: [], secondsDown: 90 },
  compared: { had: 2_000, missing: 7, otherTokens: 9, unusable: [PATH, PATH], unread: true },
  asides: [PATH, PATH].map((path) => ({ path, bytes: 9, removal: `rm -rf -- ${path}` })),
  kept: [{ path: PATH, bytes: null }],
  places: [],
  parts: (['settings', 'bindings', 'jobs'] as const).map((part) => ({
    part,
    state: 'unknown' as const,
    reason: { code: 'gateway-error' as const, params: { message: HUGE } },
  })),
}

describe.each(LOCALES)('the cards of one bot and its backups, at their longest: %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())

  it('are accepted by Discord', () => {
    const steps = [{ step: 'transferring', bytes: 5, total: 9, rate: 1, leftMs: 4_000 }] as const
    expectAccepted(botBackupProgressView(ID, steps, 'r'.repeat(36), reader))
    expectAccepted(restoreBotPlanView(plan, ASKED, reader, HOSTILE))
    expectAccepted(restoreBotPlanView({ ...plan, isThere: false, told: false }, ASKED, reader, null))
    expectAccepted(
      restoreBotProgressView(plan, [{ step: 'creating' }, { step: 'scheduling' }], PRESSED, reader),
    )
    for (const outcome of ['done', 'partial', 'failed', 'unknown'] as const) {
      expectAccepted(restoreBotResultView(reportOf(outcome, result), PRESSED, reader))
      const before = { ...result, state: 'before' as const, fault: 'not-serving' as const, logTail: [HUGE] }
      expectAccepted(restoreBotResultView(reportOf(outcome, before), PRESSED, reader))
    }
    expect(restoreBotQuestion(plan, reader)).toContain(ID)
  })

  it('tell that every bot is interrupted, and where the state from before stays', () => {
    const effect = reader.ink.t('restore-bot.ask.effect')
    expect(textOf(restoreBotPlanView(plan, ASKED, reader, null))).toContain(effect)
    expect(textOf(restoreBotResultView(reportOf('partial', result), PRESSED, reader))).toContain('rm -rf')
  })
})
