import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { offered } from '../../../src/http/offered.ts'
// @ts-expect-error a module of the page, which is written for browsers
import { APPROVABLE as FOR_TWO } from '../../../src/http/page/approval-rules.js'
// @ts-expect-error a module of the page, which is written for browsers
import { OPERATIONS } from '../../../src/http/page/operations.js'
// @ts-expect-error a module of the page, which is written for browsers
import { may, suits } from '../../../src/http/page/rights.js'
import { EVERY_CHANGE } from '../../../src/operations/approvals.ts'
import { APPROVABLE } from '../../../src/operations/set-approval-rule.ts'
import { isTextKey } from '../../../src/text/translate.ts'

interface Offered {
  on: 'node' | 'session' | 'incident' | 'tags' | 'fleet'
  access: string
  planned: boolean
  confirm?: string
  stopping?: string
  typed?: string
  fixed?: Record<string, unknown>
  fields: { name: string; kind: string; text: string }[]
}
const table = OPERATIONS as Record<string, Offered>
const SUBJECTS = {
  node: ['node'],
  session: ['node', 'session'],
  incident: ['incident'],
  tags: ['tags'],
  fleet: [],
}
/** What the page does without a dialog of its own. */
const ELSEWHERE = {
  'set-rule': 'the view of rules has it',
  'approve-request': 'the view of approvals has it',
  'refuse-request': 'the view of approvals has it',
}

/** What is set where somebody is at the machine's own command line, or where a finding or an incident is pressed. */
const LEFT_OUT: Record<string, string[]> = {
  'fix-lint': ['only'],
  'edit-node': ['ocPath', 'unit', 'unitLevel', 'jump', 'force'],
  'register-node': ['ocPath', 'unit', 'unitLevel'],
}
/** What the page shows without being asked for it. */
const READ = ['list-nodes', 'node-status', 'node-logs', 'list-backups', 'list-sessions', 'show-session']

describe('what the page offers', () => {
  it('is every operation of the API that acts', () => {
    const acting = [...offered.values()].filter(({ effect }) => effect !== 'read').map(({ name }) => name)
    const decided = [...Object.keys(table), ...Object.keys(ELSEWHERE)]
    expect(acting.toSorted()).toEqual(decided.toSorted())
    for (const name of READ) expect(offered.has(name as never), name).toBe(true)
  })

  it('needs the level that the operation needs, and shows its plan where it has one', () => {
    for (const [name, { access, planned, confirm, stopping }] of Object.entries(table)) {
      const operation = offered.get(name as never)
      expect(stopping !== undefined && isTextKey(stopping), name).toBe(operation?.stops === true)
      expect([name, access, planned]).toEqual([name, operation?.access, operation?.question !== null])
      expect(confirm === undefined, name).toBe(!planned)
      if (confirm !== undefined) expect(isTextKey(confirm), confirm).toBe(true)
    }
  })

  it('asks for fields that the operation has, in words that are in the catalogue', () => {
    for (const [name, { on, fields, typed, fixed }] of Object.entries(table)) {
      const operation = offered.get(name as never)
      if (operation === undefined) throw new Error(`there is no operation ${name}`)
      const schema = z.toJSONSchema(operation.input, { io: 'input' })
      const known = Object.keys(schema.properties ?? {})
      const given = [...SUBJECTS[on], ...Object.keys(fixed ?? {}), ...(typed === undefined ? [] : [typed])]
      const sent = [...given, ...fields.map((field) => field.name)]
      for (const field of sent) expect(known, `${name}: ${field}`).toContain(field)
      for (const field of schema.required ?? []) expect(sent, `${name}: ${field}`).toContain(field)
      expect(known.filter((field) => !sent.includes(field)).sort(), name).toEqual(
        [...(LEFT_OUT[name] ?? [])].sort(),
      )
      for (const { text } of fields) expect(isTextKey(`${text}.description`), text).toBe(true)
    }
  })

  it('lets a rule be about everything that a second person can be asked about', () => {
    expect([...FOR_TWO].sort()).toEqual([...APPROVABLE].sort())
    for (const name of FOR_TWO)
      expect(name === EVERY_CHANGE || isTextKey(`operation.${name}`), name).toBe(true)
  })

  it('is what a retired node may be asked, and nothing that would be refused', () => {
    const node = Object.keys(table).filter((name) => table[name]?.on === 'node')
    const allowed = node.filter((name) => offered.get(name as never)?.allowRetired === true)
    expect(node.filter((name) => suits(name, true))).toEqual(allowed)
    expect(node.filter((name) => !suits(name, false))).toEqual(['unretire-node'])
  })

  it('is offered to readers who have the level on the node, and to no others', () => {
    const reader = (level: string, tags: string[] | null, operations?: string[]) => ({
      grants: [{ level, tags }],
      ...(operations ? { operations } : {}),
    })
    const prod = { tags: ['prod'] }
    expect(may(reader('operator', null), 'restart-node', prod)).toBe(true)
    expect(may(reader('viewer', null), 'restart-node', prod)).toBe(false)
    expect(may(reader('admin', ['staging']), 'restart-node', prod)).toBe(false)
    expect(may(reader('admin', ['prod']), 'restart-node', prod)).toBe(true)
    expect(may(reader('admin', null, ['backup-node']), 'restart-node', prod)).toBe(false)
    expect(may(reader('operator', ['prod']), 'fleet-restart', { tags: [] })).toBe(false)
  })
})
