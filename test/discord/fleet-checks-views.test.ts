import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { createReader } from '../../src/discord/reader.ts'
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
const lint: LintList = {
  node: null,
  tags: [],
  rows: ids.map((id, index) => ({
    id,
    name: HUGE.slice(0, 80),
    findings: CODES.map((code) => ({ code, params, fix: index % 2 === 0 ? HUGE : null })),
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
    const alike = {
      ...drift,
      unread: [],
      groups: drift.groups.map((one) => ({ ...one, apart: [], mixed: [] })),
    }
    expect(textOf(driftView({ ...alike, tags: [] }, reader))).toContain('`xxxx')
    const nobody = driftView({ tags: [], groups: [], unread: [] }, reader)
    expect(textOf(nobody)).toContain(reader.ink.t('drift.nobody'))
  })

  it('tell each finding with what mends it, and who is without', () => {
    expectAccepted(lintView(lint, reader))
    for (const code of CODES) {
      const findings = [{ code, params, fix: 'chmod 600 x' }]
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
