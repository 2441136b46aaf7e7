import { CERTIFICATE_SUFFIX } from './certificate.ts'
import { counted, WireFields } from './wire-fields.ts'

const USERAUTH_REQUEST = 50
const HEAD_FIELDS = 3
const LENGTH_BYTES = 4
const HEAD_BYTES = LENGTH_BYTES + 1

interface PacketWriter {
  allocStart: number
  alloc(payload: number): Buffer
  finalize(packet: Buffer, force?: boolean): Buffer
}

/**
 * Has a login with a certificate signed as servers take it; see {@link plainlySigned}. ssh2 names the algorithm of the
 * signature after that of the key, and no option or agent of its can say another name: the message is written anew where
 * ssh2 hands it to its cipher. Should these fields be gone, a certificate is refused, and the plain key is offered next.
 */
export function signPlainly(client: object): void {
  const packets: unknown = Reflect.get(client, '_protocol')
  const both: unknown = isObject(packets) ? Reflect.get(packets, '_packetRW') : null
  const writer: unknown = isObject(both) ? Reflect.get(both, 'write') : null
  if (!isPacketWriter(writer)) return
  const { finalize } = writer
  writer.finalize = (packet, force) => {
    // RFC 4253, 6: the length of the packet without this word, that of the padding, the message, the padding
    const start = writer.allocStart
    const end =
      start < HEAD_BYTES ? 0 : LENGTH_BYTES + packet.readUInt32BE(0) - packet.readUInt8(LENGTH_BYTES)
    const message = plainlySigned(packet.subarray(start, end))
    if (message === null) return finalize.call(writer, packet, force)
    const written = writer.alloc(message.length)
    written.set(message, start)
    return finalize.call(writer, written, force)
  }
}

function isPacketWriter(value: unknown): value is PacketWriter {
  return isObject(value) && 'allocStart' in value && 'alloc' in value && 'finalize' in value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * A login request that is signed with a certificate, as servers take it: the signature names the algorithm of the plain
 * key, not that of the certificate (PROTOCOL.certkeys), which ssh2 writes. Null for every other message.
 */
function plainlySigned(message: Buffer): Buffer | null {
  if (message[0] !== USERAUTH_REQUEST) return null
  try {
    const fields = new WireFields(message.subarray(1))
    const method = Array.from({ length: HEAD_FIELDS }, () => fields.text()).at(-1)
    if (method !== 'publickey' || fields.byte() !== 1) return null
    const algorithm = fields.text()
    if (!algorithm.endsWith(CERTIFICATE_SUFFIX)) return null
    fields.bytes()
    const head = message.subarray(0, 1 + fields.at)
    const signature = new WireFields(fields.bytes())
    signature.bytes()
    const plain = Buffer.from(algorithm.slice(0, -CERTIFICATE_SUFFIX.length))
    return Buffer.concat([head, counted(Buffer.concat([counted(plain), counted(signature.bytes())]))])
  } catch {
    return null
  }
}
