import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'

const CHUNK = 64 * 1024

/** Holds what goes out or comes in to so many bytes a second, all streams of one copy together. */
export class Pace {
  readonly #clock: Clock
  readonly #rateBytes: number | null
  #startedAt: number | null = null
  #total = 0

  /** @param rateBytes bytes a second; null is as fast as it goes */
  constructor(clock: Clock, rateBytes: number | null) {
    this.#clock = clock
    this.#rateBytes = rateBytes
  }

  /** Counts bytes, and waits until it is time for more. */
  async take(bytes: number): Promise<void> {
    this.#startedAt ??= this.#clock.monotonic()
    this.#total += bytes
    if (this.#rateBytes === null) return
    const due = (this.#total / this.#rateBytes) * 1_000 - (this.#clock.monotonic() - this.#startedAt)
    if (due > 0) await this.#clock.sleep(due)
  }

  /** A file from its first byte, no faster than this allows. */
  read(path: string): Readable {
    if (this.#rateBytes === null) return createReadStream(path, { highWaterMark: CHUNK })
    return Readable.from(this.#paced(path), { objectMode: false, highWaterMark: CHUNK })
  }

  async *#paced(path: string): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      await this.take(chunk.length)
      yield chunk
    }
  }
}
