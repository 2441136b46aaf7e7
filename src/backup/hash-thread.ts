import { Worker } from 'node:worker_threads'

/** Of a thread that holds one window of a file. */
const HEAP_MB = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }

/** Content that lies in a file as it is: its SHA-256, its first byte, its length. */
export type PlainPart = readonly [name: string, at: number, bytes: number]

/** Text, so that it needs neither a build nor a loader of its own. */
const PROGRAM = `
'use strict'
const { createHash } = require('node:crypto')
const { closeSync, openSync, readSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')
let window = Buffer.alloc(0)
function isSound(path, parts) {
  const file = openSync(path)
  try {
    for (const [name, at, bytes] of parts) {
      if (window.length < bytes) window = Buffer.allocUnsafeSlow(bytes)
      const object = window.subarray(0, bytes)
      if (readSync(file, object, 0, bytes, at) !== bytes) return false
      if (createHash('sha256').update(object).digest('hex') !== name) return false
    }
    return true
  } finally {
    closeSync(file)
  }
}
parentPort.on('message', ({ id, path, parts }) => {
  let sound = null
  try {
    sound = isSound(path, parts)
  } catch {}
  parentPort.postMessage({ id, sound })
})
`

/** Compares what lies in files with its names, in a thread of its own: to read back all that comes in takes as long as to take it in. */
export class HashThread {
  readonly #start: () => Worker
  readonly #waiting = new Map<number, (sound: boolean | null) => void>()
  #worker: Worker | null = null
  #isLost = false
  #lastId = 0

  /** @param start makes the thread */
  constructor(start = () => new Worker(PROGRAM, { eval: true, execArgv: [], resourceLimits: HEAP_MB })) {
    this.#start = start
  }

  /** @returns null where that could not be found out, for example because there is no thread */
  async isSound(path: string, parts: readonly PlainPart[]): Promise<boolean | null> {
    const worker = this.#worker ?? this.#begin()
    if (worker === null) return null
    return await new Promise((resolve) => {
      const id = ++this.#lastId
      this.#waiting.set(id, resolve)
      worker.ref()
      worker.postMessage({ id, path, parts })
    })
  }

  /** Ends the thread; the next file begins another one. */
  async end(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  #begin(): Worker | null {
    if (this.#isLost) return null
    try {
      const worker = this.#start()
      worker.on('message', ({ id, sound }: { id: number; sound: boolean | null }) => {
        this.#waiting.get(id)?.(sound)
        this.#waiting.delete(id)
        if (this.#waiting.size === 0) worker.unref()
      })
      worker.on('error', () => {
        this.#isLost = true
      })
      worker.on('exit', () => {
        if (this.#worker === worker) this.#worker = null
        for (const resolve of this.#waiting.values()) resolve(null)
        this.#waiting.clear()
      })
      this.#worker = worker
      return worker
    } catch {
      this.#isLost = true
      return null
    }
  }
}
