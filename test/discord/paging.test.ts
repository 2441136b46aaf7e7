import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clampPage, paginate } from '../../src/discord/paging.ts'

it('keeps every item, in order, on pages within the budget', () => {
  const section = fc.record({
    heading: fc.option(
      fc.string({ minLength: 1, maxLength: 10 }).map((text) => `H${text.replace(/\n/g, '')}`),
    ),
    items: fc.array(fc.nat().map((n) => `item ${n} `.padEnd(1 + (n % 40), '.'))),
  })
  fc.assert(
    fc.property(fc.array(section), fc.integer({ min: 60, max: 200 }), (sections, budget) => {
      const pages = paginate(sections, budget)
      for (const { texts, items } of pages) {
        expect(items).toBeGreaterThan(0)
        expect(texts.join('\n').length).toBeLessThanOrEqual(budget)
      }
      const headings = new Set(sections.map(({ heading }) => heading))
      const kept = pages.flatMap(({ texts }) => texts.flatMap((text) => text.split('\n')))
      expect(kept.filter((line) => !headings.has(line))).toEqual(sections.flatMap(({ items }) => items))
    }),
  )
})

it('repeats the heading of a section that goes on', () => {
  const pages = paginate([{ heading: 'H', items: ['a'.repeat(30), 'b'.repeat(30)] }], 40)
  expect(pages.map(({ texts }) => texts)).toEqual([[`H\n${'a'.repeat(30)}`], [`H\n${'b'.repeat(30)}`]])
})

it('keeps a page number within what there is', () => {
  expect([0, -3, 1, 2.7, 9, Number.NaN].map((page) => clampPage(page, 3))).toEqual([1, 1, 1, 2, 3, 1])
  expect(clampPage(5, 0)).toBe(1)
})
