import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { OperatorError } from '../base/errors.ts'

/** Plain bytes of a piece of the payload, and what its tag adds (age-encryption.org/v1, payload: STREAM with ChaCha20-Poly1305). */
const CHUNK = 64 * 1024
const TAG = 16
const NONCE = 16
/** A stanza for each recipient takes about a hundred bytes. */
const MOST_HEADER = 64 * 1024
const MAC_LINE = Buffer.from('\n--- ')

/** What opens the payload of one sealed file. In memory only. */
export interface PayloadKey {
  key: Buffer
  /** The first byte of the payload in the file. */
  start: number
}

/** What opens headers of age. */
export interface HeaderKeys {
  /** The key of a file; null where none of the private keys fits, or the header is damaged. @throws OperatorError */
  fileKey(header: Uint8Array): Promise<Uint8Array | null>
}

/** The bytes of a file in the format of age as they come, for recipients who need not be here. */
export class Sealer {
  /** What the file begins with. */
  readonly head: Buffer
  readonly payload: PayloadKey
  readonly #hash = createHash('sha256')
  #held: Buffer[] = []
  #heldBytes = 0
  #count = 0
  /** What the file has so far. */
  bytes = 0

  private constructor(header: Uint8Array, fileKey: Uint8Array) {
    const nonce = randomBytes(NONCE)
    this.head = Buffer.concat([header, nonce])
    this.payload = { key: payloadKeyOf(fileKey, nonce), start: this.head.length }
    this.#note(this.head)
  }

  /** @throws OperatorError bad-recipient {recipient} */
  static async begin(recipients: readonly string[]): Promise<Sealer> {
    // Its curves are of no use to a start that encrypts nothing.
    const { Encrypter } = await import('age-encryption')
    const encrypter = new Encrypter()
    let fileKey: Uint8Array | null = null
    for (const recipient of recipients)
      try {
        encrypter.addRecipient(recipient)
      } catch (error) {
        throw new OperatorError('bad-recipient', { recipient: recipient.slice(0, 80) }, { cause: error })
      }
    // The library makes the key of the file and the header; the payload is made here, where it can be read in parts.
    encrypter.addRecipient({
      wrapFileKey: (key) => {
        fileKey = Uint8Array.from(key)
        return []
      },
    })
    const empty = Buffer.from(await encrypter.encrypt(new Uint8Array()))
    const end = headerEnd(empty)
    if (fileKey === null || end === null) throw new Error('no header was made')
    return new Sealer(empty.subarray(0, end), fileKey)
  }

  /** What of the file follows from more of its content, whose memory may be used again then. */
  push(content: Buffer): Buffer[] {
    this.#heldBytes += content.length
    // The last piece is sealed as such: one is held back until more has come.
    if (this.#heldBytes <= CHUNK) {
      this.#held.push(Buffer.from(content))
      return []
    }
    this.#held.push(content)
    const held = Buffer.concat(this.#held)
    const sealed: Buffer[] = []
    let at = 0
    for (; held.length - at > CHUNK; at += CHUNK)
      sealed.push(this.#seal(held.subarray(at, at + CHUNK), false))
    // A copy: a view would keep everything.
    this.#held = [Buffer.from(held.subarray(at))]
    this.#heldBytes = held.length - at
    return sealed
  }

  /** The end of the file. */
  end(): Buffer {
    return this.#seal(Buffer.concat(this.#held), true)
  }

  /** SHA-256 of the whole file; once, at the end. */
  sha256(): string {
    return this.#hash.digest('hex')
  }

  #seal(plain: Buffer, isLast: boolean): Buffer {
    const cipher = createCipheriv('chacha20-poly1305', this.payload.key, nonceOf(this.#count, isLast), {
      authTagLength: TAG,
    })
    this.#count += 1
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    this.#note(sealed)
    return sealed
  }

  #note(bytes: Buffer): void {
    this.#hash.update(bytes)
    this.bytes += bytes.length
  }
}

/**
 * What opens the payload of a sealed file; null where no private key fits, or where it does not begin as such a file does.
 * @throws what {@link HeaderKeys.fileKey} throws
 */
export async function payloadKey(file: FileHandle, keys: HeaderKeys): Promise<PayloadKey | null> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_HEADER), 0, MOST_HEADER, 0)
  const end = headerEnd(buffer.subarray(0, bytesRead))
  if (end === null || end + NONCE > bytesRead) return null
  const fileKey = await keys.fileKey(buffer.subarray(0, end))
  if (fileKey === null) return null
  return { key: payloadKeyOf(fileKey, buffer.subarray(end, end + NONCE)), start: end + NONCE }
}

/** Content of a sealed file from a place in it on, at most so many bytes; null where what lies there is not what was sealed. */
export async function readSealed(
  file: FileHandle,
  { key, start }: PayloadKey,
  at: number,
  most: number,
): Promise<Buffer | null> {
  const { size } = await file.stat()
  const chunks = Math.ceil((size - start) / (CHUNK + TAG))
  const first = Math.floor(at / CHUNK)
  const end = Math.min(chunks, Math.ceil((at + most) / CHUNK))
  if (first >= end) return Buffer.alloc(0)
  const from = start + first * (CHUNK + TAG)
  const wanted = Math.min(size, start + end * (CHUNK + TAG)) - from
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, from)
  if (bytesRead !== wanted) return null
  const plain: Buffer[] = []
  for (let count = first; count < end; count += 1) {
    const place = (count - first) * (CHUNK + TAG)
    const opened = openChunk(key, count, count === chunks - 1, buffer.subarray(place, place + CHUNK + TAG))
    if (opened === null) return null
    plain.push(opened)
  }
  const begin = at - first * CHUNK
  return Buffer.concat(plain).subarray(begin, begin + most)
}

function openChunk(key: Buffer, count: number, isLast: boolean, sealed: Buffer): Buffer | null {
  if (sealed.length < TAG) return null
  const decipher = createDecipheriv('chacha20-poly1305', key, nonceOf(count, isLast), { authTagLength: TAG })
  decipher.setAuthTag(sealed.subarray(-TAG))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()])
  } catch {
    return null
  }
}

/** Eleven bytes that count, and one that says whether it is the last. */
function nonceOf(count: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(count, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

function payloadKeyOf(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32))
}

/** Where the header of a file of age ends: behind the line with its check sum. */
function headerEnd(bytes: Buffer): number | null {
  const line = bytes.indexOf(MAC_LINE)
  const end = line === -1 ? -1 : bytes.indexOf(0x0a, line + MAC_LINE.length)
  return end === -1 ? null : end + 1
}
