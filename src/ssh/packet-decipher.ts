import { createDecipheriv } from 'node:crypto'

/** OpenSSH's PROTOCOL, 1.6, and RFC 5647: the length of a packet is not encrypted, and what proves it stands behind it. */
const LENGTH_BYTES = 4
const TAG_BYTES = 16
const BLOCK_BYTES = 16
/** As in ssh2. */
const LARGEST_PACKET = 35_000

/** What ssh2 keeps of a decipher for AES-GCM where it has no native code of its own. */
interface Replaced {
  inSeqno: number
  _onPayload: OnPayload
  _decipherSSLName: 'aes-128-gcm' | 'aes-256-gcm'
  _decipherKey: Buffer
  _decipherIV: Buffer
}

const FIELDS = ['_decipherSSLName', '_decipherKey', '_decipherIV', '_len', '_lenBytes']

/** False ends the reading: the next packet is for another decipher. */
type OnPayload = (payload: Buffer) => number | false | undefined

/** A packet that came in parts. One for all connections: nearly always no other one is in the middle of one. */
let spare: Buffer | null = null

/**
 * Has the packets of a server decrypted each as a whole. Where a packet came in two parts, ssh2 decrypts each of them and puts them
 * together; all of it is garbage that V8 counts, and with which it marks its whole heap again every few MB. To be called
 * whenever keys have been exchanged. Should these fields be gone, or ssh2 have native code, it does as it always did.
 */
export function decipherWhole(client: object): void {
  const protocol: unknown = Reflect.get(client, '_protocol')
  if (typeof protocol !== 'object' || protocol === null) return
  const own: unknown = Reflect.get(protocol, '_decipher')
  if (isReplaceable(own)) Reflect.set(protocol, '_decipher', new PacketDecipher(own))
}

/** Whether this client keeps nothing of what its socket brings. */
export function takesAtOnce(client: object): boolean {
  const protocol: unknown = Reflect.get(client, '_protocol')
  if (typeof protocol !== 'object' || protocol === null) return false
  return Reflect.get(protocol, '_decipher') instanceof PacketDecipher
}

function isReplaceable(value: unknown): value is Replaced {
  if (typeof value !== 'object' || value === null) return false
  const [name, key, iv, begun, read] = FIELDS.map((field) => Reflect.get(value, field))
  const isGcm = name === 'aes-128-gcm' || name === 'aes-256-gcm'
  return isGcm && Buffer.isBuffer(key) && Buffer.isBuffer(iv) && iv.length === 12 && begun === 0 && read === 0
}

/** In place of ssh2's own, with the fields of it that ssh2 reads and sets. */
class PacketDecipher {
  inSeqno: number
  _onPayload: OnPayload
  readonly #cipher: Replaced['_decipherSSLName']
  readonly #key: Buffer
  readonly #iv: Buffer
  readonly #head = Buffer.alloc(LENGTH_BYTES)
  #headBytes = 0
  /** What follows the length; 0 until it is known. */
  #needed = 0
  #held: Buffer | null = null
  #heldBytes = 0

  constructor(replaced: Replaced) {
    this.inSeqno = replaced.inSeqno
    this._onPayload = replaced._onPayload
    this.#cipher = replaced._decipherSSLName
    this.#key = replaced._decipherKey
    this.#iv = replaced._decipherIV
  }

  free(): void {
    this.#held = null
  }

  /** @returns how far it was read where another decipher goes on, else nothing */
  decrypt(data: Buffer, from: number, end: number): number | undefined {
    let at = from
    while (at < end) {
      if (this.#needed === 0) {
        const head = Math.min(LENGTH_BYTES - this.#headBytes, end - at)
        data.copy(this.#head, this.#headBytes, at, at + head)
        this.#headBytes += head
        at += head
        if (this.#headBytes < LENGTH_BYTES) return
        this.#needed = neededBy(this.#head.readUInt32BE(0))
      }
      let packet: Buffer | null = null
      if (this.#held === null && end - at >= this.#needed) {
        packet = data.subarray(at, at + this.#needed)
        at += this.#needed
      } else {
        const part = Math.min(this.#needed - this.#heldBytes, end - at)
        this.#held ??= holdOf(this.#needed)
        data.copy(this.#held, this.#heldBytes, at, at + part)
        this.#heldBytes += part
        at += part
        if (this.#heldBytes < this.#needed) return
        packet = this.#held.subarray(0, this.#needed)
      }
      const payload = this.#open(packet)
      const answer = this._onPayload(payload)
      if (answer !== undefined) return answer === false ? at : answer
    }
    return
  }

  #open(packet: Buffer): Buffer {
    const decipher = createDecipheriv(this.#cipher, this.#key, this.#iv)
    decipher.setAAD(this.#head)
    decipher.setAuthTag(packet.subarray(-TAG_BYTES))
    const plain = decipher.update(packet.subarray(0, -TAG_BYTES))
    decipher.final()
    if (this.#held !== null) spare = this.#held
    this.#held = null
    this.#headBytes = this.#needed = this.#heldBytes = 0
    this.inSeqno = (this.inSeqno + 1) >>> 0
    countUp(this.#iv)
    // The length of the padding, the payload, the padding.
    const padding = plain[0] ?? 0
    if (padding + 1 > plain.length) throw new Error('Bad packet padding')
    return plain.subarray(1, plain.length - padding)
  }
}

/** @throws Error for a length that no packet has */
function neededBy(length: number): number {
  if (
    length + LENGTH_BYTES + TAG_BYTES > LARGEST_PACKET ||
    length < BLOCK_BYTES ||
    length % BLOCK_BYTES !== 0
  )
    throw new Error(`Bad packet length: ${length}`)
  return length + TAG_BYTES
}

function holdOf(bytes: number): Buffer {
  const held = spare
  spare = null
  return held !== null && held.length >= bytes ? held : Buffer.allocUnsafeSlow(bytes)
}

/** The last eight of the twelve bytes count the packets. */
function countUp(iv: Buffer): void {
  for (let at = 11; at >= 4; at -= 1) {
    const next = ((iv[at] ?? 0) + 1) & 0xff
    iv[at] = next
    if (next !== 0) return
  }
}
