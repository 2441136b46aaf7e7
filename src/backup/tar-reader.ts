const BLOCK = 512
/** The longest name or list of pax records that is read. */
const LONGEST_EXTENSION = 4 * 1024 * 1024
const SPACE = 0x20
const ZERO = 0x30
const CHECKSUM = { at: 148, length: 8 }
const POSIX_MAGIC = Buffer.from('ustar\0', 'latin1')
const GNU_MAGIC = Buffer.from('ustar  \0', 'latin1')
/** What says more of the entry behind it: names that are too long for a block, and pax records for one entry or for all. */
const EXTENSIONS: ReadonlySet<string> = new Set(['L', 'N', 'K', 'x', 'g'])

/** What the header of an entry says, extensions included. Nothing of it is judged. */
export interface TarHeader {
  /** Bytes as Latin-1, unless `isNameText`: then pax told it, in UTF-8. */
  name: string
  isNameText: boolean
  /** As of the name; '' where there is none. */
  link: string
  isLinkText: boolean
  /** One character; '0' is a file. */
  type: string
  mode: number
  /** Seconds since 1970. */
  mtime: number
  size: number
  /** pax tells it as a file of which holes are left out. */
  isSparse: boolean
}

/** Whoever hears of an archive; what these throw ends it. */
export interface TarSink {
  header(header: TarHeader): void
  /** More of the content of the entry; only good until this returns to whoever pushed it. */
  content(bytes: Buffer): void
  /** All of the content of the entry has come. */
  end(): void
}

/** Bytes that are no archive. */
export class TarFault extends Error {
  override readonly name = 'TarFault'
}

/**
 * Reads a tar (POSIX ustar and pax, "pax Interchange Format"; GNU tar's long names and sizes in base 256) as it comes in pieces of any
 * length, without a wait or a stream for each entry: the usual archive has thousands of small ones. What GNU tar would guess, this
 * refuses: every header has to have its magic and its sum, and numbers have to be numbers.
 */
export class TarReader {
  readonly #sink: TarSink
  /** The part of a block, or of an extension, that came before the rest of it. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** Of an extension, with its padding; null where a header or a content comes next. */
  #extension: { type: string; size: number } | null = null
  #isInContent = false
  /** Of the content, and of its padding. */
  #missing = 0
  #padding = 0
  #longName: string | null = null
  #longLink: string | null = null
  #pax = new Map<string, string>()
  readonly #paxOfAll = new Map<string, string>()
  #seen = 0
  /** Where the last entry ended, with its padding. Bytes from the beginning. */
  endsAt = 0

  constructor(sink: TarSink) {
    this.#sink = sink
  }

  /** Whether it may end here: not in a header, an extension or a content. */
  get isBetween(): boolean {
    return this.#heldBytes === 0 && this.#extension === null && this.#missing + this.#padding === 0
  }

  /** @throws TarFault, and what the sink throws */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const left = chunk.length - at
      let taken: number
      if (this.#missing > 0) {
        taken = Math.min(left, this.#missing)
        this.#missing -= taken
        this.#sink.content(chunk.subarray(at, at + taken))
        if (this.#missing === 0) this.#endContent()
      } else if (this.#padding > 0) {
        taken = Math.min(left, this.#padding)
        this.#padding -= taken
      } else {
        const wanted = this.#extension === null ? BLOCK : padded(this.#extension.size)
        taken = Math.min(left, wanted - this.#heldBytes)
        const whole = this.#whole(chunk.subarray(at, at + taken), wanted)
        this.#seen += taken
        at += taken
        if (whole !== null) this.#take(whole)
        continue
      }
      this.#seen += taken
      at += taken
    }
  }

  /** The block, or the extension, of which this is the last part; null where more has to come. */
  #whole(part: Buffer, wanted: number): Buffer | null {
    if (this.#heldBytes === 0 && part.length === wanted) return part
    // What it lies in may be gone by the time the rest comes.
    this.#held.push(Buffer.from(part))
    this.#heldBytes += part.length
    if (this.#heldBytes < wanted) return null
    const whole = Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return whole
  }

  #take(whole: Buffer): void {
    const extension = this.#extension
    if (extension === null) return this.#takeBlock(whole)
    this.#extension = null
    this.#extend(extension.type, whole.subarray(0, extension.size))
  }

  #takeBlock(block: Buffer): void {
    const header = readBlock(block)
    // Two of these end an archive, and some pad it; whoever reads on finds what stands behind them.
    if (header === null) return
    if (EXTENSIONS.has(header.type)) {
      if (header.size > LONGEST_EXTENSION) throw new TarFault('a name that is too long')
      if (header.size > 0) this.#extension = header
      else this.#extend(header.type, Buffer.alloc(0))
      return
    }
    this.#apply(header)
    this.#missing = header.size
    this.#padding = padded(header.size) - header.size
    this.endsAt = this.#seen + padded(header.size)
    this.#isInContent = true
    this.#sink.header(header)
    if (this.#missing === 0) this.#endContent()
  }

  #endContent(): void {
    if (!this.#isInContent) return
    this.#isInContent = false
    this.#sink.end()
  }

  #extend(type: string, bytes: Buffer): void {
    if (type === 'x') this.#pax = paxRecords(bytes)
    else if (type === 'g') for (const [key, value] of paxRecords(bytes)) this.#paxOfAll.set(key, value)
    else if (type === 'K') this.#longLink = textOf(bytes, 0, bytes.length)
    else this.#longName = textOf(bytes, 0, bytes.length)
  }

  /** Adds what the extensions before a header said. */
  #apply(header: TarHeader): void {
    header.name = this.#longName || header.name
    header.link = this.#longLink || header.link
    this.#longName = this.#longLink = null
    if (this.#pax.size + this.#paxOfAll.size === 0) return
    const pax = new Map([...this.#paxOfAll, ...this.#pax])
    this.#pax = new Map()
    const [name, link, size] = [pax.get('path'), pax.get('linkpath'), pax.get('size')]
    if (name) [header.name, header.isNameText] = [name, true]
    if (link) [header.link, header.isLinkText] = [link, true]
    if (size) header.size = decimal(size)
    header.isSparse = [...pax.keys()].some((key) => key.startsWith('GNU.sparse'))
  }
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

/** @returns null for a block of zeros. @throws TarFault */
function readBlock(block: Buffer): TarHeader | null {
  let sum = CHECKSUM.length * SPACE
  for (let at = 0; at < CHECKSUM.at; at += 1) sum += block[at] as number
  for (let at = CHECKSUM.at + CHECKSUM.length; at < BLOCK; at += 1) sum += block[at] as number
  if (sum === CHECKSUM.length * SPACE) return null
  if (sum !== numberAt(block, CHECKSUM.at, CHECKSUM.length)) throw new TarFault('a header with a wrong sum')
  const isPosix = block.compare(POSIX_MAGIC, 0, POSIX_MAGIC.length, 257, 263) === 0
  if (!isPosix && block.compare(GNU_MAGIC, 0, GNU_MAGIC.length, 257, 265) !== 0)
    throw new TarFault('a header without its magic')
  const name = textOf(block, 0, 100)
  const prefix = isPosix ? textOf(block, 345, 500) : ''
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    isNameText: false,
    link: textOf(block, 157, 257),
    isLinkText: false,
    type: String.fromCharCode(block[156] || ZERO),
    mode: numberAt(block, 100, 8),
    mtime: numberAt(block, 136, 12),
    size: sizeAt(block),
    isSparse: false,
  }
}

function sizeAt(block: Buffer): number {
  const size = numberAt(block, 124, 12)
  if (size < 0) throw new TarFault('a size below nothing')
  return size
}

/** The bytes up to the first NUL, as Latin-1. */
function textOf(bytes: Buffer, from: number, to: number): string {
  const end = bytes.indexOf(0, from)
  return bytes.toString('latin1', from, end === -1 || end > to ? to : end)
}

/** A number in octal digits, or in base 256 where the first bit is set (GNU tar). @throws TarFault */
function numberAt(block: Buffer, from: number, length: number): number {
  const end = from + length
  let at = from
  if ((block[at] as number) & 0x80) return base256(block.subarray(from, end))
  while (at < end && (block[at] === SPACE || block[at] === 0)) at += 1
  let value = 0
  for (; at < end; at += 1) {
    const byte = block[at] as number
    if (byte === SPACE || byte === 0) break
    if (byte < ZERO || byte > ZERO + 7) throw new TarFault('a number that is none')
    value = value * 8 + (byte - ZERO)
  }
  return value
}

function base256(bytes: Buffer): number {
  const isNegative = bytes[0] === 0xff
  if (!isNegative && bytes[0] !== 0x80) throw new TarFault('a number that is too large')
  let value = 0
  for (const byte of bytes.subarray(1)) value = value * 256 + (isNegative ? 0xff - byte : byte)
  return isNegative ? -value - 1 : value
}

/** Records `LENGTH KEY=VALUE` that end with a line break. @throws TarFault */
function paxRecords(bytes: Buffer): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(SPACE, at)
    if (space === -1) throw new TarFault('a pax record that is none')
    const end = at + decimal(bytes.toString('latin1', at, Math.min(space, at + 20)))
    if (end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a)
      throw new TarFault('a pax record that is none')
    const record = bytes.toString('utf8', space + 1, end - 1)
    const equals = record.indexOf('=')
    if (equals < 1) throw new TarFault('a pax record that is none')
    found.set(record.slice(0, equals), record.slice(equals + 1))
    at = end
  }
  return found
}

/** @throws TarFault */
function decimal(digits: string): number {
  if (!/^\d{1,20}$/.test(digits)) throw new TarFault('a number that is none')
  return Number(digits)
}
