import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { createReader } from '../../src/discord/reader.ts'
import { fixPlanView, fixResultView } from '../../src/discord/views/fix-lint.ts'
import { driftView } from '../../src/discord/views/fleet-drift.ts'
import { lintView } from '../../src/discord/views/lint-nodes.ts'
import type { DriftList } from '../../src/operations/fleet-drift.ts'
import type { LintList } from '../../src/operations/lint-nodes.ts'
import type { Finding } from '../../src/operations/lint-rules.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { HUGE, NOW } from './extremes.ts'

const ids = Array.from({ length: 1_000 }, (_, index) => `${index}-`.padEnd(63, 'n'))
const reason = { code: 'gateway-error' as const, detail: HUGE }
const drift: DriftList = {
  tags: Array.from({ length: 8 }, () => 't'.repeat(32)),
  groups: [null, 'x'.repeat(32), 'y'.repeat(32)].map((tag) => ({
    tag,
    nodes: ids,
    apart: ids.map((id, index) => ({
      id,
      differences: [{ path: HUGE, has: HUGE, most: index % 2 === 0 ? null : HUGE, secret: index % 3 === 0 }],
      more: 7,
    })),
    mixed: [{ path: HUGE, values: 900 }],
  })),
  alone: ids,
  unread: ids.map((id) => ({ id, reason })),
}
const CODES: Finding['code'][] = [
  ...(['linger-off', 'clock-skew', 'open-file', 'open-folder', 'placeholder'] as const),
  ...(['port-ignored', 'bind-unset', 'setting-retired'] as const),
]
const params = {
  path: HUGE,
  mode: '777',
  wanted: '700',
  seconds: -86_400,
  port: 65_535,
  unit: 1,
  version: HUGE,
}
const fixes = Array.from({ length: 50 }, (_, index) => ({
  ...{ key: `${index}`.padStart(8, '0'), code: CODES[index % CODES.length] ?? 'open-file', params },
  command: `config.patch ${HUGE}`,
}))
const left = (['root', 'person', 'not-serving'] as const).flatMap((why) =>
  CODES.map((code) => ({ key: 'abcdef01', code, params, why, fix: why === 'person' ? null : HUGE })),
)
const asked = { id: 'c'.repeat(8), requesterId: '1', requesterName: HUGE, expiresAt: NOW }
const pressed = { id: '1', name: HUGE, at: NOW }
const lint: LintList = {
  node: null,
  tags: [],
  rows: ids.map((id, index) => ({
    id,
    name: HUGE.slice(0, 80),
    findings: CODES.map((code, at) => ({
      ...{ key: `0000000${at}`, code, by: at % 3 === 0 ? ('person' as const) : ('ocm' as const), params },
      fix: index % 2 === 0 ? HUGE : null,
    })),
    unread: [
      { what: 'files', reason },
      { what: 'includes', reason: { code: 'not-supported' } },
    ],
  })),
}

describe.each(LOCALES)('cards of checks in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())

  it('tell differences of a thousand nodes, and what was not compared', () => {
    const card = driftView(drift, reader)
    expectAccepted(card)
    expect(textOf(card)).toContain(reader.ink.code(ids[0] ?? ''))
    // What there is no room for is in a file.
    const file = Buffer.from(card.attachment?.bytes ?? []).toString()
    for (const id of ids) expect(file).toContain(id)
    const alike = {
      ...drift,
      unread: [],
      groups: drift.groups.map((one) => ({ ...one, apart: [], mixed: [] })),
    }
    expect(textOf(driftView({ ...alike, tags: [] }, reader))).toContain('`xxxx')
    const nobody = driftView({ tags: [], groups: [], alone: [], unread: [] }, reader)
    expect(textOf(nobody)).toContain(reader.ink.t('drift.nobody'))
    expect(nobody.attachment).toBeUndefined()
  })

  it('ask before something is mended, with every command in a file where a card has no room', () => {
    const plan = { nodeId: ids[0] ?? '', nodeName: HUGE.slice(0, 80), fixes, left, mayRestart: true }
    const card = fixPlanView(plan, asked, reader, HUGE)
    expectAccepted(card)
    expect(
      Buffer.from(card.attachment?.bytes ?? [])
        .toString()
        .match(/config\.patch/g),
    ).toHaveLength(50)
    const few = fixPlanView({ ...plan, fixes: fixes.slice(0, 1), left: [] }, asked, reader, null)
    expectAccepted(few)
    expect(few.attachment).toBeUndefined()
  })

  it('tell how what was to be mended ended, what went wrong first', () => {
    const parts = fixes.map((one, index) => ({
      ...one,
      state: index === 49 ? ('failed' as const) : index % 2 === 0 ? ('done' as const) : ('unknown' as const),
      ...{ why: 'other-name' as const, detail: HUGE, reason },
    }))
    for (const takenBack of [null, 'serving', 'not-serving', 'unknown'] as const)
      for (const outcome of ['done', 'partial', 'failed', 'unknown'] as const) {
        const data = {
          nodeId: ids[0] ?? '',
          parts,
          left,
          needsRestart: true,
          takenBack,
          logTail: [HUGE, HUGE],
        }
        const report = {
          operation: 'fix-lint',
          operationId: 'r',
          outcome,
          data,
          startedAt: NOW,
          durationMs: 1,
        }
        const card = fixResultView(report, pressed, reader)
        expectAccepted(card)
        const text = textOf(card)
        expect(text.indexOf(reader.ink.t('fix.state.failed'))).toBeLessThan(
          text.indexOf(reader.ink.t('fix.state.unknown')),
        )
      }
  })

  it('have a button for each finding that ocm can mend, and one for all of a node', () => {
    const findings = CODES.slice(0, 4).map((code, at) => ({
      ...{ key: `abcdef0${at}`, code, by: at === 1 ? ('root' as const) : ('ocm' as const), params },
      fix: 'x',
    }))
    const card = lintView({ ...lint, rows: [{ id: 'a', name: 'A', findings, unread: [] }] }, reader)
    const ids = JSON.stringify(card.components).match(/fleet-fix\|ask\|a\|[a-z0-9]+/g)
    expect(ids).toEqual(['abcdef00', 'abcdef02', 'abcdef03', 'all'].map((one) => `fleet-fix|ask|a|${one}`))
    expect(textOf(card)).toContain(reader.ink.t('button.fix', { number: 3 }))
  })

  it('tell each finding with what mends it, and who is without', () => {
    expectAccepted(lintView(lint, reader))
    for (const code of CODES) {
      const findings = [{ key: 'abcdef01', code, by: 'ocm' as const, params, fix: 'chmod 600 x' }]
      const card = lintView({ ...lint, rows: [{ id: 'a', name: 'A', findings, unread: [] }] }, reader)
      expectAccepted(card)
      expect(textOf(card)).toContain('chmod 600 x')
    }
    const clean = { ...lint, rows: [{ id: 'a', name: 'A', findings: [], unread: [] }] }
    const names = { names: reader.ink.code('a') }
    expect(textOf(lintView(clean, reader))).toContain(reader.ink.t('lint.clean', { count: 1 }, names))
    const blind = {
      ...lint,
      rows: [{ id: 'a', name: 'A', findings: [], unread: lint.rows[0]?.unread ?? [] }],
    }
    expect(textOf(lintView(blind, reader))).not.toContain(reader.ink.t('lint.clean', { count: 1 }, names))
  })
})
