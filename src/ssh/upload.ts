import type { Readable } from 'node:stream'
import type { Call } from './call.ts'
import { collect, type ExecResult } from './exec.ts'
import { guardedCommand, type Link, type RemoteProcess, startProcess } from './process.ts'
import type { ShellCommand } from './shell-quote.ts'

/** Streams `source` into a command's stdin; see {@link SshSession.upload}. */
export async function runUpload(
  link: Link,
  command: ShellCommand,
  call: Call,
  source: Readable,
): Promise<ExecResult> {
  const line = guardedCommand(command.shellText, call.leftMs(), 'all')
  return await startProcess(link, line, call, async (process) => {
    const result = collect(process, link, call)
    result.catch(() => undefined)
    const fault = await pour(process, source, call)
    if (fault === null) return await result
    // An end of file would look like the end of the data: whoever is told of the fault knows better.
    process.terminate()
    throw fault
  })
}

/** Writes as fast as the node takes it, until all is sent or nobody reads any more. Returns what the source threw. */
async function pour(process: RemoteProcess, source: Readable, call: Call): Promise<Error | null> {
  const { channel } = process
  let over = false
  let wake: () => void = () => undefined
  const stop = () => {
    over = true
    source.destroy()
    wake()
  }
  process.onExit(stop)
  process.onClosed(stop)
  const forget = call.onGivenUp(stop)
  channel.on('drain', () => wake())
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (over) break
      if (channel.write(chunk)) continue
      await new Promise<void>((resolve) => {
        wake = resolve
        if (over) resolve()
      })
    }
    if (!over) channel.end()
    return null
  } catch (error) {
    if (over) return null
    return error instanceof Error ? error : new Error('the source failed')
  } finally {
    forget()
  }
}
