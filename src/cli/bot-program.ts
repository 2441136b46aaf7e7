import { realpathSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { BOUNDED_GROWTH } from '../base/heap-growth.ts'

/**
 * What V8 is told of its young space, which cannot be set in a process that runs. Eight MB at most: a pass over a hundred nodes
 * fills them once, and 15 to 20 MB less are kept for garbage of the start than without a bound. Eight at least, collected by one
 * thread: V8 shrinks it to one MB between two passes, and then a pass collects again and again, with threads that cost more than they find.
 */
const YOUNG_SPACE = ['--max-semi-space-size=8', '--min-semi-space-size=8', '--no-parallel-scavenge']

/**
 * After each pass V8 takes the bot for idle and marks its heap two or three times to make it smaller, which costs up to three times
 * as much as the pass, and the next one begins with what is cold.
 */
const BETWEEN_PASSES = ['--no-memory-reducer']

/** What V8 is told of its heap. A limit in MB would end the bot of a fleet that has outgrown it; a share ends nothing. */
export const HEAP_OPTIONS = [...YOUNG_SPACE, BOUNDED_GROWTH, ...BETWEEN_PASSES]

const NODE_OPTIONS = [...HEAP_OPTIONS, '--enable-source-maps']

/** What runs the bot after the name of Node: its options, and the program, which lies beside the command line. */
export function botCommand(): readonly string[] {
  const own = realpathSync(process.argv[1] ?? '')
  return [...NODE_OPTIONS, join(dirname(own), '..', `main${extname(own)}`)]
}
