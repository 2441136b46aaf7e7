import manifest from '../../package.json' with { type: 'json' }
import { commands } from './commands.ts'
import { SIGNAL_EXIT_CODES } from './exit-code.ts'
import { runCli } from './run.ts'
import { openTerminal } from './terminal.ts'

const terminal = openTerminal(process)
const stop = new AbortController()
let stoppedBy: keyof typeof SIGNAL_EXIT_CODES | null = null

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // The first time the work under way ends cleanly; who asks twice does not want to wait.
    if (stoppedBy !== null) process.exit(SIGNAL_EXIT_CODES[signal])
    stoppedBy = signal
    stop.abort()
  })

void run()

async function run(): Promise<void> {
  const code = await runCli({
    argv: process.argv.slice(2),
    terminal,
    signal: stop.signal,
    version: manifest.version,
    commands,
  })
  await terminal.flush()
  process.exitCode = stoppedBy === null ? code : SIGNAL_EXIT_CODES[stoppedBy]
}
