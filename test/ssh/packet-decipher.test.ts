import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { decipherWhole, takesAtOnce } from '../../src/ssh/packet-decipher.ts'

type OnPayload = (payload: Buffer) => false | undefined
interface Decipher {
  _onPayload: OnPayload
  inSeqno: number
  decrypt(data: Buffer, from: number, end: number): number | undefined
}
interface Ssh2Crypto {
  CIPHER_INFO: Record<string, object>
  bindingAvailable: boolean
  createDecipher(config: { inbound: object }): Decipher
  createCipher(config: { outbound: object }): {
    allocPacket(bytes: number): Buffer
    encrypt(packet: Buffer): void
  }
}
const ssh2: Ssh2Crypto = createRequire(import.meta.url)('ssh2/lib/protocol/crypto.js')
const GCM = 'aes128-gcm@openssh.com'

/** A client of ssh2 in the middle of a connection, as far as its packets go, and what its server sends. */
function connection({ cipher = GCM, isScript = true } = {}) {
  const info = ssh2.CIPHER_INFO[cipher] as { keyLen: number; ivLen: number }
  const key = randomBytes(info.keyLen)
  // What counts the packets overflows at once.
  const iv = Buffer.alloc(info.ivLen, 'ff', 'hex')
  const mac = { macInfo: { len: 32, actualLen: 32, isETM: true, sslName: 'sha256' }, macKey: randomBytes(32) }
  const taken: Buffer[] = []
  const inbound = {
    ...{
      seqno: 3,
      onPayload: (payload: Buffer) => void taken.push(Buffer.from(payload)),
      forceNative: isScript,
    },
    ...{ decipherInfo: info, decipherKey: Buffer.from(key), decipherIV: Buffer.from(iv), ...mac },
  }
  const protocol = { _decipher: ssh2.createDecipher({ inbound }) }
  const wire: Buffer[] = []
  const sending = ssh2.createCipher({
    outbound: {
      ...{ seqno: 3, onWrite: (part: Buffer) => void wire.push(Buffer.from(part)), forceNative: true },
      ...{ cipherInfo: info, cipherKey: key, cipherIV: iv, ...mac },
    },
  })
  const send = (payload: Buffer) => {
    const packet = sending.allocPacket(payload.length)
    packet.set(payload, 5)
    sending.encrypt(packet)
  }
  return { client: { _protocol: protocol }, protocol, taken, wire, send }
}

const payloads = () => [1, 15, 16, 17, 32_768, 4, 32_768, 700].map((bytes) => randomBytes(bytes))

describe('packets of AES-GCM', () => {
  it('are read as they were sent, wherever they are cut, also from memory that is used again', () => {
    for (const step of [1, 3, 4, 5, 20, 21, 4_096, 40_000, 65_536]) {
      const { client, protocol, taken, wire, send } = connection()
      const sent = payloads()
      for (const payload of sent) send(payload)
      decipherWhole(client)
      expect(takesAtOnce(client)).toBe(true)
      const all = Buffer.concat(wire)
      const lent = Buffer.alloc(step)
      for (let at = 0; at < all.length; at += step) {
        const bytes = all.copy(lent, 0, at, at + step)
        protocol._decipher.decrypt(lent, 0, bytes)
      }
      expect(taken.map((payload) => payload.toString('hex'))).toEqual(sent.map((one) => one.toString('hex')))
      expect(protocol._decipher.inSeqno).toBe(3 + sent.length)
    }
  })

  it('end the connection where one byte of them is another, or where no packet has such a length', () => {
    for (const at of [0, 4, 40, 100 - 1]) {
      const { client, protocol, taken, wire, send } = connection()
      send(randomBytes(70))
      decipherWhole(client)
      const all = Buffer.concat(wire)
      expect(all).toHaveLength(100)
      all.writeUInt8(all.readUInt8(at) ^ 1, at)
      expect(() => protocol._decipher.decrypt(all, 0, all.length)).toThrow()
      expect(taken).toEqual([])
    }
  })

  it('leave what follows new keys to who has them', () => {
    const { client, protocol, wire, send } = connection()
    send(randomBytes(20))
    const first = Buffer.concat(wire).length
    send(randomBytes(40))
    decipherWhole(client)
    protocol._decipher._onPayload = () => false
    const all = Buffer.concat(wire)
    expect(protocol._decipher.decrypt(all, 0, all.length)).toBe(first)
  })

  it('are left to ssh2 in the middle of one, with native code, and with other ciphers', () => {
    const begun = connection()
    begun.send(randomBytes(20))
    begun.protocol._decipher.decrypt(Buffer.concat(begun.wire), 0, 10)
    const native = ssh2.bindingAvailable ? [connection({ isScript: false })] : []
    const others = [begun, connection({ cipher: 'aes128-ctr' }), ...native]
    for (const { client, protocol } of others) {
      const own = protocol._decipher
      decipherWhole(client)
      expect(protocol._decipher).toBe(own)
      expect(takesAtOnce(client)).toBe(false)
    }
    expect(takesAtOnce({})).toBe(false)
  })
})
