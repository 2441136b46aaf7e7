import { realpathSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'

/** Node keeps 15 to 20 MB less for garbage of the start with it; it cannot be set in a process that runs. */
const NODE_OPTIONS = ['--max-semi-space-size=4', '--enable-source-maps']

/** What runs the bot after the name of Node: its options, and the program, which lies beside the command line. */
export function botCommand(): readonly string[] {
  const own = realpathSync(process.argv[1] ?? '')
  return [...NODE_OPTIONS, join(dirname(own), '..', `main${extname(own)}`)]
}
