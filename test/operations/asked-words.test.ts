import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LOCALES } from '../../src/base/locale.ts'
import { operations } from '../../src/operations/index.ts'
import { approvalList, approvalTold } from '../../src/presenters/approvals.ts'
import { askedFacts, askedSentence, askedText } from '../../src/presenters/asked-words.ts'
import { auditDetails } from '../../src/presenters/audit.ts'
import { createPlainInk } from '../../src/presenters/plain-ink.ts'

const ink = createPlainInk('en', () => 0)
const say = (operation: string, input: object, nodeId: string | null = null) =>
  askedText({ operation, nodeId, input: { ...input } }, ink)

describe('what somebody asked for without a plan', () => {
  it('is told in words where it is a rule', () => {
    const rule = { operation: 'restart-node', tag: 'prod' }
    expect(say('set-approval-rule', { ...rule, minutes: null })).toBe(
      'end of an approval rule: no second person approves restart on nodes with the tag prod any more',
    )
    expect(say('set-approval-rule', { operation: 'every-change', tag: null, minutes: 90 })).toBe(
      'approval rule: a second person approves every change of a node, within 90 minutes',
    )
    expect(
      say('set-rule', { node: 'alpha', agent: 'main', tag: null, name: 'diskWarning', value: 70 }, 'alpha'),
    ).toBe('threshold for alpha · main: disk, warning (%) becomes 70')
    expect(say('set-rule', { node: null, agent: null, tag: 'prod', name: 'diskWarning', value: null })).toBe(
      'threshold for nodes with the tag prod: disk, warning (%) goes back to what is inherited',
    )
    expect(say('mute-alerts', { node: null, agent: null, tag: 'prod', minutes: 90 })).toMatch(
      /^no alerts of nodes with the tag prod for 1 ?h/,
    )
    expect(say('mute-alerts', { node: 'alpha', agent: null, tag: null, minutes: 0 }, 'alpha')).toBe(
      'alerts of alpha again',
    )
    expect(say('set-maintenance', { node: 'alpha', on: true, reason: 'x', minutes: null }, 'alpha')).toBe(
      'maintenance of alpha until somebody ends it',
    )
    expect(say('set-maintenance', { node: 'alpha', on: false, reason: null, minutes: null }, 'alpha')).toBe(
      'end of the maintenance of alpha',
    )
    expect(say('set-board', { on: false, channel: null })).toBe('board taken away')
    expect(say('restart-node', { node: 'alpha' }, 'alpha')).toBe('restart alpha')
  })

  it('has a word for each field of each operation that changes something', () => {
    for (const { name, effect, input } of operations) {
      if (effect === 'read') continue
      const schema = z.toJSONSchema(input as z.ZodType, { io: 'input', unrepresentable: 'any' })
      const fields = Object.keys(schema.properties ?? {})
      const asked = {
        operation: name,
        nodeId: null,
        input: Object.fromEntries(fields.map((one) => [one, 'x'])),
      }
      const labels = askedFacts(asked, ink).flatMap((line) =>
        line.kind === 'facts' ? line.facts.map(([label]) => label) : [],
      )
      for (const label of labels) expect(fields, `${name} ${label}`).not.toContain(label)
    }
  })

  it('is told whatever another ocm wrote there', () => {
    for (const locale of LOCALES) {
      const odd = createPlainInk(locale, () => 0)
      const input = {
        operation: 7,
        tag: {},
        minutes: 'x',
        name: ['y'],
        value: {},
        on: 'z',
        other: [1, { a: 2 }],
      }
      for (const { name } of operations) {
        const asked = { operation: name, nodeId: null, input }
        expect(askedText(asked, odd)).not.toContain('undefined')
        expect(askedFacts(asked, odd).length).toBeGreaterThan(0)
      }
    }
    // Of what did not fit, the audit has no input.
    for (const operation of [
      'gone',
      'set-approval-rule',
      'set-rule',
      'mute-alerts',
      'set-maintenance',
      'set-board',
    ])
      expect(askedSentence({ operation, nodeId: null, input: {} }, ink)).toBeNull()
  })
})

const ADA = { face: 'discord', id: '1', name: 'Ada', identity: 'discord:1', person: null } as const
const request = {
  id: 'r1',
  operation: 'set-approval-rule',
  nodeId: null,
  access: 'admin' as const,
  tags: ['prod'],
  input: { operation: 'restart-node', tag: 'prod', minutes: null },
  plan: null,
  reason: null,
  askedBy: ADA,
  askedAt: 0,
  expiresAt: 60_000,
  state: 'open' as const,
  decided: null,
  operationId: null,
}

describe('a request to end an approval rule', () => {
  it('says that it ends it, alone and among others', () => {
    const told = approvalTold(request, ink)
    expect(told.title).toBe(
      'Approval for: end of an approval rule: no second person approves restart on nodes with the tag prod any more',
    )
    // The words of the title are all there is: no field of the input as it is named in the program.
    expect(JSON.stringify(told.parts)).not.toMatch(/restart-node|"minutes"/)
    expect(JSON.stringify(approvalList({ requests: [request], rules: [] }, ink).parts)).toContain(
      'no second person approves restart on nodes with the tag prod any more',
    )
  })
})

describe('a line of the audit', () => {
  const row = {
    at: new Date(0).toISOString(),
    operationId: 'abcdef012345',
    operation: 'restart-node',
    face: 'discord',
    actorId: '1',
    actorName: 'Ada',
    nodeId: 'alpha',
    input: { node: 'alpha' },
    reason: null,
    result: 'done' as const,
    errorCode: null,
    durationMs: 0,
    seq: 1,
    hash: 'f'.repeat(64),
  }
  const details = (more: object) => auditDetails({ ...row, ...more }, ink)

  it('says who approved it, and that nobody did', () => {
    const approval = { request: 'r1', by: 'discord:2', name: 'Ben', emergency: null }
    expect(details({ approval })).toEqual([
      { kind: 'aside', text: 'Approved by Ben (request r1)', mark: null },
    ])
    const emergency = 'nobody answers at all'
    expect(details({ approval: { ...approval, emergency } })).toEqual([
      { kind: 'text', text: 'Without the approval of a second person: nobody answers at all', mark: 'alarm' },
    ])
  })

  it('names the request of an emergency, and what it is about', () => {
    const about = { operation: 'restart-node', nodeId: 'alpha', input: { node: 'alpha' } }
    const input = { request: 'r1', reason: 'nobody answers at all' }
    expect(
      details({ operation: 'override-approval', input, about }).map((line) => 'text' in line && line.text),
    ).toEqual([
      'restart alpha',
      'Without the approval of a second person: nobody answers at all',
      'Request: r1',
    ])
  })

  it('says what an approval rule was set to', () => {
    const input = { operation: 'restart-node', tag: 'prod', minutes: 30 }
    expect(details({ operation: 'set-approval-rule', nodeId: null, input, reason: 'new people' })).toEqual([
      {
        kind: 'text',
        text: 'approval rule: a second person approves restart on nodes with the tag prod, within 30 minutes',
        mark: null,
      },
      { kind: 'aside', text: 'Reason: new people', mark: null },
    ])
  })

  it('says with what it was asked', () => {
    const input = { node: 'alpha', to: '2026.9.6', turn: false, tags: ['a', 'b'] }
    expect(details({ operation: 'update-node', input })).toEqual([
      { kind: 'aside', text: 'To: 2026.9.6 · Tags: a, b', mark: null },
    ])
  })
})
