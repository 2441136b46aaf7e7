import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { type Answer, type Call, plainAnswer } from '../command.ts'
import type { Ending } from '../exit-code.ts'

/** Node keeps 15 to 20 MB less for garbage of the start with it; it cannot be set in a process that runs. */
const NODE_OPTIONS = ['--max-semi-space-size=4', '--enable-source-maps']
/** What the bot ends with when a setting is wrong. */
const EXIT_BAD_SETTINGS = 2

/** `ocm start`: the bot in the foreground, until it is told to stop. Its log goes to standard output. */
export async function start(call: Call): Promise<Answer> {
  const bot = spawn(process.execPath, [...process.execArgv, ...NODE_OPTIONS, botProgram()], {
    stdio: 'inherit',
  })
  const stop = () => bot.kill('SIGTERM')
  call.signal.addEventListener('abort', stop)
  if (call.signal.aborted) stop()
  try {
    const [code] = (await once(bot, 'exit')) as [number | null]
    return plainAnswer(endingOf(code), { exitCode: code }, '')
  } finally {
    call.signal.removeEventListener('abort', stop)
  }
}

/** The bot lies beside the command line, built or as source. */
function botProgram(): string {
  const own = realpathSync(process.argv[1] ?? '')
  return join(dirname(own), '..', `main${extname(own)}`)
}

function endingOf(code: number | null): Ending {
  if (code === 0) return 'done'
  return code === EXIT_BAD_SETTINGS ? 'usage' : 'failed'
}
