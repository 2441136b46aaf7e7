import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DueTimes } from '../../src/incidents/due-times.ts'
import { RecordTable } from '../../src/incidents/record-table.ts'

interface Row {
  value: number
}

const change = fc.record({
  kind: fc.constantFrom('put', 'edit', 'delete', 'settle', 'revert'),
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.nat(9),
})

describe('a table of records', () => {
  it('settles or reverts a step as a whole, names what changed, and never writes into what was handed out', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const moved = new Map<string, number>()
        const table = new RecordTable<Row>(
          (row) => ({ ...row }),
          (key, row) => (row === undefined ? moved.delete(key) : moved.set(key, row.value)),
        )
        let settled = new Map<string, number>()
        let wanted = new Map<string, number>()
        let handedOut: { row: Row; value: number }[] = []
        for (const { kind, key, value } of changes) {
          if (kind === 'put') table.put(key, { value })
          if (kind === 'edit' && wanted.has(key)) table.edit(key, (row) => void Object.assign(row, { value }))
          if (kind === 'delete') table.delete(key)
          if (kind === 'put' || (kind === 'edit' && wanted.has(key))) wanted.set(key, value)
          if (kind === 'delete') wanted.delete(key)
          if (kind === 'settle' || kind === 'revert') {
            const differing = [...new Set([...settled.keys(), ...wanted.keys()])].filter(
              (one) => settled.get(one) !== wanted.get(one),
            )
            expect(table.changes().map((one) => one.key)).toEqual(expect.arrayContaining(differing))
            for (const one of table.changes()) expect(one.row?.value).toBe(wanted.get(one.key))
            if (kind === 'settle') table.settle()
            else table.revert()
            if (kind === 'settle') settled = new Map(wanted)
            else wanted = new Map(settled)
            expect(table.changes()).toEqual([])
            handedOut = [...table.values()].map((row) => ({ row, value: row.value }))
          }
          expect(new Map([...table.entries()].map(([one, row]) => [one, row.value]))).toEqual(wanted)
          expect(moved).toEqual(wanted)
          for (const { row, value: then } of handedOut) expect(row.value).toBe(then)
        }
      }),
    )
  })

  it('says that there is nothing to edit', () => {
    expect(() => new RecordTable<Row>((row) => row).edit('a', () => {})).toThrow('no record a')
  })
})

describe('due times', () => {
  it('give out each id once, at the time set last, earliest first', () => {
    const setting = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.option(fc.nat(100)) })
    fc.assert(
      fc.property(fc.array(setting, { maxLength: 300 }), fc.nat(100), (settings, now) => {
        const due = new DueTimes()
        const wanted = new Map<string, number>()
        for (const { id, at } of settings) {
          due.set(id, at)
          if (at === null) wanted.delete(id)
          else wanted.set(id, at)
        }
        const taken: string[] = []
        for (let id = due.take(now); id !== undefined; id = due.take(now)) taken.push(id)
        const expected = [...wanted].filter(([, at]) => at <= now)
        expect([...taken].sort()).toEqual(expected.map(([id]) => id).sort())
        const times = taken.map((id) => wanted.get(id) ?? 0)
        expect(times).toEqual([...times].sort((a, b) => a - b))
      }),
    )
  })
})
