#!/usr/bin/env node
import { readFileSync } from 'node:fs'
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

const code = await runCli({
  argv: process.argv.slice(2),
  terminal,
  signal: stop.signal,
  version: versionOf(),
  commands,
})
await terminal.flush()
process.exitCode = stoppedBy === null ? code : SIGNAL_EXIT_CODES[stoppedBy]

/** The version of the nearest package.json above: one level more in the build than in the sources. */
function versionOf(): string {
  for (const up of ['../../package.json', '../../../package.json'])
    try {
      const text = readFileSync(new URL(up, import.meta.url), 'utf8')
      return String((JSON.parse(text) as { version?: unknown }).version)
    } catch {
      // Not here: one level higher.
    }
  return '?'
}
