import type { ParsedKey } from 'ssh2'
import ssh2 from 'ssh2'
import { keyTypeOf } from './host-keys.ts'
import { counted, WireFields } from './wire-fields.ts'

/** What the name of an algorithm with a certificate ends with. */
export const CERTIFICATE_SUFFIX = '-cert-v01@openssh.com'
const PLAIN_TYPES = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/
const USER_CERTIFICATE = 1
const MOST_PRINCIPALS = 256
/** What stands for "no end" in a certificate. */
const FOR_EVER = 0xffff_ffff_ffff_ffffn

/** An OpenSSH user certificate: a public key that an authority has signed, for some logins and for some time. */
export interface Certificate {
  /** As it is shown to a server. */
  blob: Buffer
  /** The plain type of its key, for example `ssh-ed25519`. */
  keyType: string
  /** The plain public key that it speaks for. */
  publicKey: Buffer
  /** Names that the authority put in; a server lets in the login of that name, unless it is set up otherwise. */
  principals: string[]
  /** Epoch milliseconds; null for no end. */
  validUntil: number | null
  validFrom: number
}

/** Where OpenSSH looks for the certificate of a key. */
export function certificateBeside(keyFile: string): string {
  return `${keyFile}-cert.pub`
}

/** Reads a `…-cert.pub` file; null for what is no certificate of a user, or one of a hardware key. */
export function certificateIn(text: string): Certificate | null {
  return readCertificate(Buffer.from(text.trim().split(/\s+/)[1] ?? '', 'base64'))
}

/** Reads a certificate as an agent lists it. Source of the format: PROTOCOL.certkeys of OpenSSH. */
export function readCertificate(blob: Buffer): Certificate | null {
  const type = keyTypeOf(blob) ?? ''
  const keyType = type.endsWith(CERTIFICATE_SUFFIX) ? type.slice(0, -CERTIFICATE_SUFFIX.length) : ''
  if (!PLAIN_TYPES.test(keyType)) return null
  try {
    const fields = new WireFields(blob)
    const [, nonce, ...key] = Array.from({ length: keyType === 'ssh-ed25519' ? 3 : 4 }, () => fields.bytes())
    const serial = fields.long()
    if (fields.word() !== USER_CERTIFICATE || nonce === undefined || serial < 0n) return null
    fields.bytes()
    const names = new WireFields(fields.bytes())
    const principals: string[] = []
    while (!names.isDone && principals.length < MOST_PRINCIPALS) principals.push(names.text())
    const [from, until] = [fields.long(), fields.long()]
    return {
      blob,
      keyType,
      publicKey: Buffer.concat([Buffer.from(keyType), ...key].map(counted)),
      principals,
      validFrom: Number(from) * 1000,
      validUntil: until === FOR_EVER ? null : Number(until) * 1000,
    }
  } catch {
    return null
  }
}

/** Whether it holds at a time, epoch milliseconds. */
export function isValid(
  { validFrom, validUntil }: Pick<Certificate, 'validFrom' | 'validUntil'>,
  at: number,
): boolean {
  return validFrom <= at && (validUntil === null || at < validUntil)
}

const LOGINS_SHOWN = 5

/** The logins of a certificate, as a person is told of them. */
export function loginsOf(principals: readonly string[]): string {
  return principals.slice(0, LOGINS_SHOWN).join(', ')
}

/** The end of what a Date can hold. */
const LAST_TIME_MS = 8.64e15

/** A time of a certificate as `ssh-keygen -L` does not say it: with its zone. */
export function timeStamp(at: number): string {
  return at <= LAST_TIME_MS ? new Date(at).toISOString() : '?'
}

/**
 * A certificate as a key that ssh2 offers. `signer` has the private half; null where an agent signs. Null for a certificate
 * whose key ssh2 does not read.
 */
export function certificateKey(certificate: Certificate, signer: ParsedKey | null): ParsedKey | null {
  const { keyType, publicKey, blob } = certificate
  const parsed = ssh2.utils.parseKey(`${keyType} ${publicKey.toString('base64')}`)
  if (parsed instanceof Error) return null
  const isRsa = keyType === 'ssh-rsa'
  const key: ParsedKey = signer ?? parsed
  const sign = (data: Buffer) => {
    const signature = isRsa ? key.sign(data, 'sha512') : key.sign(data)
    return keyType.startsWith('ecdsa-') ? integersOf(signature) : signature
  }
  return Object.create(key, {
    // With RSA the name of the algorithm says which digest is signed.
    type: { value: `${isRsa ? RSA_ALGORITHM : keyType}${CERTIFICATE_SUFFIX}` },
    getPublicSSH: { value: () => blob },
    sign: { value: sign },
  })
}

const RSA_ALGORITHM = 'rsa-sha2-512'

/** How an agent is asked to sign with a certificate: of RSA it has to be told the digest, which ssh2 does by the plain type. */
export function agentKey(key: ParsedKey): { key: ParsedKey; hash: 'sha512' | null } {
  const type: string = key.type
  if (type !== `${RSA_ALGORITHM}${CERTIFICATE_SUFFIX}`) return { key, hash: null }
  return { key: Object.create(key, { type: { value: 'ssh-rsa' } }), hash: 'sha512' }
}

/** Two integers in ASN.1, as OpenSSL signs with ECDSA, as SSH writes them (RFC 5656, 3.1.2). */
function integersOf(signature: Buffer): Buffer {
  const found: Buffer[] = []
  let at = signature.readUInt8(1) < 0x80 ? 2 : 3
  while (found.length < 2) {
    const end = at + 2 + signature.readUInt8(at + 1)
    found.push(counted(signature.subarray(at + 2, end)))
    at = end
  }
  return Buffer.concat(found)
}
