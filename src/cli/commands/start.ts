import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Ending } from '../../presenters/ending.ts'
import { botCommand } from '../bot-program.ts'
import { type Answer, type Call, plainAnswer } from '../command.ts'

/** What the bot ends with when a setting is wrong. */
const EXIT_BAD_SETTINGS = 2

/** `ocm start`: the bot in the foreground, until it is told to stop. Its log goes to standard output. */
export async function start(call: Call): Promise<Answer> {
  const bot = spawn(process.execPath, [...process.execArgv, ...botCommand()], {
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

function endingOf(code: number | null): Ending {
  if (code === 0) return 'done'
  return code === EXIT_BAD_SETTINGS ? 'usage' : 'failed'
}
