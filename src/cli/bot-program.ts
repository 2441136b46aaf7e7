import { realpathSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'

/**
 * What V8 is told of its young space, which cannot be set in a process that runs. Four MB at most: 15 to 20 MB less are kept
 * for garbage of the start. Four at least, collected by one thread: V8 shrinks it to one MB between two passes, and then a
 * pass collects four times as often, with threads that cost more than they find.
 */
export const YOUNG_SPACE = ['--max-semi-space-size=4', '--min-semi-space-size=4', '--no-parallel-scavenge']

const NODE_OPTIONS = [...YOUNG_SPACE, '--enable-source-maps']

/** What runs the bot after the name of Node: its options, and the program, which lies beside the command line. */
export function botCommand(): readonly string[] {
  const own = realpathSync(process.argv[1] ?? '')
  return [...NODE_OPTIONS, join(dirname(own), '..', `main${extname(own)}`)]
}
