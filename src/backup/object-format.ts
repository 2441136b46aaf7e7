import { createHash, hash } from 'node:crypto'
import { promisify } from 'node:util'
import { crc32, deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

/** The largest piece of a file that becomes one object. */
export const LARGEST_PIECE = 1024 * 1024
/** What is no larger is compressed at once: to hand it to a thread takes longer. */
const SMALL = 8 * 1024
/** So much is unpacked in 0.1 ms, where a thread needs 0.5 ms for anything. */
const UNPACKED_AT_ONCE = 32 * 1024
/** The least that zlib takes for a buffer. */
const LEAST_CHUNK = 64
/** A first look at this much tells whether compressing is worth anything. Fewer bytes cannot show all of their values: they are tried out. */
const SAMPLE = 2 * 1024
/** Bits a byte (Shannon): noise, and what is compressed or encrypted, has nearly eight. */
const NOISE_BITS = 7.6
const COUNTS = new Uint32Array(256)
/** How much a value that comes so often takes off the bits of a sample. */
const BITS_OF_COUNT = Float64Array.from({ length: SAMPLE + 1 }, (_, count) =>
  count === 0 ? 0 : count * Math.log2(count),
)
/** Fast before small: the way from the node shall be what takes the time. */
const LEVEL = 1
/** A window and tables of which so little has any use: to clear the usual ones takes longer than the rest. */
const SMALL_OPTIONS = { level: LEVEL, windowBits: 13, memLevel: 5 }
/** Less is not made smaller by what has to stand around it. */
const WORTH_PACKING = 256

/**
 * Ten bytes of gzip (RFC 1952: deflate, extra field, no time, unknown system), then the extra field `oc` with the SHA-256
 * of the compressed bytes: so no byte of the file can change unseen, and gunzip reads it all the same.
 */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 36, 0, 0x6f, 0x63, 32, 0])
const HEAD_BYTES = GZIP_HEAD.length + 32
const TAIL_BYTES = 8
/** The last of the tail: how much it is when unpacked. */
const LENGTH_BYTES = 4

/** The bytes of an object's file, one buffer after the other. */
export type Parts = readonly Buffer[]

/** How an object lies on the disk: as it is, or as gzip. The end of the file's name. */
export type Coding = '' | '.gz'

/** SHA-256 in hexadecimal. */
export function sha256Of(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/** The bytes of an object's file. */
export interface Encoded {
  coding: Coding
  parts: Parts
  bytes: number
}

/**
 * The bytes of an object's file; with the coding '' they are the content itself, in its own memory. A promise only where a thread
 * has to compress them: most pieces of a backup are small, and each wait costs as much as their hash.
 */
export function encodeObject(plain: Buffer): Encoded | Promise<Encoded> {
  const { length } = plain
  if (length < WORTH_PACKING || isNoise(plain.subarray(0, SAMPLE))) return asItIs(plain)
  if (length <= SMALL) return smaller(plain, deflateRawSync(plain, SMALL_OPTIONS))
  return deflate(plain, { level: LEVEL }).then((packed) => smaller(plain, packed))
}

function asItIs(plain: Buffer): Encoded {
  return { coding: '', parts: [plain], bytes: plain.length }
}

function smaller(plain: Buffer, packed: Buffer): Encoded {
  const bytes = packed.length + HEAD_BYTES + TAIL_BYTES
  if (bytes >= plain.length) return asItIs(plain)
  return { coding: '.gz', parts: [headOf(packed), packed, tailOf(plain)], bytes }
}

/**
 * The content of an object's file; null unless it is byte for byte what {@link encodeObject} made of the content of that
 * name.
 */
export async function decodeObject(name: string, coding: Coding, bytes: Buffer): Promise<Buffer | null> {
  const plain = coding === '' ? bytes : await unpack(bytes)
  return plain !== null && sha256Of(plain) === name ? plain : null
}

/** Whether each value comes about as often as any other. A trial to compress would take thirty times as long. */
function isNoise(sample: Uint8Array): boolean {
  if (sample.length < SAMPLE) return false
  COUNTS.fill(0)
  // By its place: the iterator of a Buffer takes four times as long, and every piece is looked at.
  for (let at = 0; at < sample.length; at += 1)
    COUNTS[sample[at] as number] = (COUNTS[sample[at] as number] ?? 0) + 1
  let bits = 0
  for (let value = 0; value < 256; value += 1) bits += BITS_OF_COUNT[COUNTS[value] ?? 0] ?? 0
  return Math.log2(sample.length) - bits / sample.length >= NOISE_BITS
}

async function unpack(bytes: Buffer): Promise<Buffer | null> {
  if (bytes.length < HEAD_BYTES + TAIL_BYTES) return null
  const packed = bytes.subarray(HEAD_BYTES, -TAIL_BYTES)
  if (!headOf(packed).equals(bytes.subarray(0, HEAD_BYTES))) return null
  try {
    // One buffer of the right size instead of many that are put together.
    const told = bytes.readUInt32LE(bytes.length - LENGTH_BYTES)
    const chunkSize = Math.min(LARGEST_PIECE, Math.max(LEAST_CHUNK, told))
    const options = { maxOutputLength: LARGEST_PIECE, chunkSize }
    const plain = told <= UNPACKED_AT_ONCE ? inflateRawSync(packed, options) : await inflate(packed, options)
    return tailOf(plain).equals(bytes.subarray(-TAIL_BYTES)) ? plain : null
  } catch {
    return null
  }
}

function headOf(packed: Uint8Array): Buffer {
  return Buffer.concat([GZIP_HEAD, createHash('sha256').update(packed).digest()])
}

function tailOf(plain: Uint8Array): Buffer {
  const tail = Buffer.alloc(TAIL_BYTES)
  tail.writeUInt32LE(crc32(plain), 0)
  tail.writeUInt32LE(plain.length, 4)
  return tail
}
