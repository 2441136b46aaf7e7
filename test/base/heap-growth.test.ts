import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { HEAP_OPTIONS } from '../../src/cli/bot-program.ts'

const MODULE = fileURLToPath(new URL('../../src/base/heap-growth.ts', import.meta.url))

/** How often V8 marks its whole heap in a bot that holds 64 MB while 512 MB of others come and go. */
function wholeCollections(nodes: number): number {
  const program = `
    import { PerformanceObserver, constants } from 'node:perf_hooks'
    import { fitHeap } from ${JSON.stringify(MODULE)}
    let whole = 0
    const note = (list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) whole += 1
    }
    const observer = new PerformanceObserver(note)
    observer.observe({ entryTypes: ['gc'] })
    fitHeap(${nodes})
    const block = () => Array.from({ length: 16384 }, (_, index) => [index, index, index, index, index])
    const held = Array.from({ length: 64 }, block)
    for (let round = 0; round < 8; round += 1) {
      for (let at = 0; at < held.length; at += 1) held[at] = block()
      await new Promise(setImmediate)
    }
    note({ getEntries: () => observer.takeRecords() })
    process.stdout.write(String(whole))
  `
  const words = [...HEAP_OPTIONS, '--import', 'tsx', '--input-type=module', '--eval', program]
  return Number(execFileSync(process.execPath, words, { encoding: 'utf8' }))
}

describe('the heap of the bot', () => {
  it('is kept close to what it holds with a usual fleet, and left to V8 with thousands of nodes', () => {
    const [usual, many] = [wholeCollections(100), wholeCollections(4_000)]
    expect(many).toBeGreaterThan(0)
    expect(usual).toBeGreaterThan(1.5 * many)
  }, 60_000)
})
