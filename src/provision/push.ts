import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { OperatorError } from '../base/errors.ts'
import { type ShellCommand, sh } from '../ssh/shell-quote.ts'
import { said } from './commands.ts'
import { Fault } from './fault.ts'
import { PROGRAMS } from './footprint.ts'
import type { Archive } from './sources.ts'
import type { Bench } from './step.ts'

/** A transfer ends by what it does: this only bounds one that trickles for ever. */
const LONGEST_MS = 3 * 3_600_000
/** Nothing taken for so long ends it. */
const SILENCE_MS = 120_000
const SHOW_EVERY_MS = 500

/**
 * Unpacks an archive below {@link PROGRAMS}: beside its name, renamed when the whole of it has arrived. A stream that was
 * cut leaves an executable that looks whole; gzip tells of it, and then nothing is renamed.
 * @throws Fault write-failed
 */
export async function push(bench: Bench, archive: Archive, name: string, strip: number): Promise<void> {
  const { machine, clock, signal } = bench
  const over = new AbortController()
  let bytes = 0
  let movedAt = clock.monotonic()
  let shownAt = Number.NEGATIVE_INFINITY
  const watch = async () => {
    while (!over.signal.aborted) {
      if (clock.monotonic() - movedAt > SILENCE_MS) return over.abort()
      await clock.sleep(1_000, over.signal).catch(() => undefined)
    }
  }
  const counted = async function* () {
    for await (const chunk of createReadStream(archive.path) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      movedAt = clock.monotonic()
      if (movedAt - shownAt >= SHOW_EVERY_MS) {
        shownAt = movedAt
        bench.show(bytes, archive.bytes, 'bytes')
      }
      yield chunk
    }
    movedAt = Number.POSITIVE_INFINITY
  }
  watch().catch(() => undefined)
  try {
    const result = await machine.upload(
      unpackCommand(name, strip),
      Readable.from(counted(), { objectMode: false }),
      { deadlineMs: LONGEST_MS, signal: AbortSignal.any([signal, over.signal]) },
    )
    if (result.code !== 0) throw new Fault('write-failed', said(bench, result))
  } catch (error) {
    // On a full disk tar complains of each of 40 000 files.
    if (!(error instanceof OperatorError) || error.code !== 'output-limit') throw error
    throw new Fault('write-failed', null, error)
  } finally {
    over.abort()
  }
}

/** Also what a plan shows. */
export function unpackCommand(name: string, strip: number): ShellCommand {
  return sh`umask 077; d="$HOME"/${PROGRAMS}/${name}; rm -rf -- "$d.part" && mkdir -p -- "$d.part" && tar -xzf - -C "$d.part" --strip-components=${strip} --no-same-owner && rm -rf -- "$d" && mv -- "$d.part" "$d"`
}
