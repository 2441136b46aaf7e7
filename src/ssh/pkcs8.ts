import { createPrivateKey, type KeyObject } from 'node:crypto'
import { keyUnusable } from './key-unusable.ts'
import { counted } from './wire-fields.ts'

const HEAD = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/

/**
 * A PKCS#8 key, as `openssl genpkey` and most clouds write it, in a form that ssh2 reads, without a passphrase; null for
 * text that is none.
 * @throws OperatorError key-unusable {node: "*", why}
 */
export function fromPkcs8(text: string, passphrase: string | null): string | null {
  const head = HEAD.exec(text)
  if (head === null) return null
  if (head[1] !== undefined && passphrase === null) throw keyUnusable('passphrase-needed')
  const key = read(text, passphrase)
  if (key === null) {
    if (head[1] !== undefined) throw keyUnusable('passphrase-wrong')
    return null
  }
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    case 'ed25519':
      return opensshText(key)
    default:
      return null
  }
}

function read(text: string, passphrase: string | null): KeyObject | null {
  try {
    return createPrivateKey({ key: text, format: 'pem', ...(passphrase === null ? {} : { passphrase }) })
  } catch {
    return null
  }
}

/** PROTOCOL.key of OpenSSH: magic, no cipher, one key; the private part is padded to 8 bytes with 1, 2, 3… */
function opensshText(key: KeyObject): string | null {
  const { x, d } = key.export({ format: 'jwk' })
  if (x === undefined || d === undefined) return null
  const [open, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')]
  const type = Buffer.from('ssh-ed25519')
  const publicKey = Buffer.concat([counted(type), counted(open)])
  const secret = Buffer.concat([
    Buffer.alloc(8),
    publicKey,
    counted(Buffer.concat([seed, open])),
    counted(Buffer.alloc(0)),
  ])
  const padding = Buffer.from(Array.from({ length: -secret.length & 7 }, (_, index) => index + 1))
  const none = counted(Buffer.from('none'))
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[none, none, counted(Buffer.alloc(0)), Buffer.from([0, 0, 0, 1])],
    counted(publicKey),
    counted(Buffer.concat([secret, padding])),
  ])
  const lines = body.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}
