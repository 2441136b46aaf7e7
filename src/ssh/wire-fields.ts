/** Reads what SSH writes one after the other: strings with their length in front, and numbers (RFC 4251, 5). */
export class WireFields {
  readonly #data: Buffer
  #at = 0

  constructor(data: Buffer) {
    this.#data = data
  }

  /** How many bytes were read. */
  get at(): number {
    return this.#at
  }

  get isDone(): boolean {
    return this.#at >= this.#data.length
  }

  /** @throws RangeError when the data ends before */
  byte(): number {
    return this.#take(1).readUInt8(0)
  }

  /** A number of 32 bits. @throws RangeError when the data ends before */
  word(): number {
    return this.#take(4).readUInt32BE(0)
  }

  /** A number of 64 bits. @throws RangeError when the data ends before */
  long(): bigint {
    return this.#take(8).readBigUInt64BE(0)
  }

  /** A string, as a view of the data. @throws RangeError when the data ends before */
  bytes(): Buffer {
    return this.#take(this.word())
  }

  text(): string {
    return this.bytes().toString('utf8')
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#data.length) throw new RangeError('the data ends within a field')
    const taken = this.#data.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

/** Bytes with their length in front. */
export function counted(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
