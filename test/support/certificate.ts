import { generateKeyPairSync, sign } from 'node:crypto'

/** DER: a tag, the length of what follows, and that. */
function der(tag: number, ...parts: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const ED25519 = der(0x30, der(0x06, [0x2b, 0x65, 0x70]))
const COMMON_NAME = der(0x06, [0x55, 0x04, 0x03])

/** A self-signed Ed25519 certificate and its key in PEM, as a gateway makes for itself (X.509, RFC 5280). */
export function selfSigned(name: string): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const subject = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from(name)))))
  const time = (text: string) => der(0x17, Buffer.from(text))
  const facts = der(
    0x30,
    der(0x02, [1]),
    ED25519,
    subject,
    der(0x30, time('200101000000Z'), time('490101000000Z')),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const certificate = der(0x30, facts, ED25519, der(0x03, [0], sign(null, facts, privateKey)))
  const cert = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert }
}
