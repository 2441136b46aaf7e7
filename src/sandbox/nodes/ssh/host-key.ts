import { createHash, generateKeyPairSync } from 'node:crypto'
import ssh2 from 'ssh2'

/** A server's identity. */
export interface HostKey {
  privateKey: string
  /** `ssh-ed25519 AAAA…` */
  publicKey: string
  /** `SHA256:…` without padding, as OpenSSH prints it. */
  fingerprint: string
}

function field(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Makes an Ed25519 key pair and writes it in OpenSSH's formats, which Node's crypto does not know. */
export function makeHostKey(): HostKey {
  const pair = generateKeyPairSync('ed25519')
  const pub = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const seed = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32)
  const blob = Buffer.concat([field('ssh-ed25519'), field(pub)])
  const check = Buffer.alloc(8, 7)
  const secret = Buffer.concat([
    check,
    field('ssh-ed25519'),
    field(pub),
    field(Buffer.concat([seed, pub])),
    field(''),
  ])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const count = Buffer.from([0, 0, 0, 1])
  const head = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    count,
  ])
  const body = Buffer.concat([head, field(blob), field(Buffer.concat([secret, padding]))]).toString('base64')
  const lines = body.match(/.{1,70}/g) ?? []
  const begin = '-----BEGIN OPENSSH PRIVATE KEY-----'
  return {
    privateKey: [begin, ...lines, begin.replace('BEGIN', 'END'), ''].join('\n'),
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
    fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
  }
}

/** The keys that may log in. @throws Error when a line is not an OpenSSH public key */
export function parseAuthorizedKeys(lines: readonly string[]): ssh2.ParsedKey[] {
  return lines.map((line) => {
    const key = ssh2.utils.parseKey(line)
    if (key instanceof Error)
      throw new Error('an authorized key is not an OpenSSH public key', { cause: key })
    return Array.isArray(key) ? (key[0] as ssh2.ParsedKey) : key
  })
}
