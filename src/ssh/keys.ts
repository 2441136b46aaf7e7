import { readFile } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import ssh2 from 'ssh2'
import { OperatorError } from '../base/errors.ts'
import { type Certificate, certificateBeside, certificateIn } from './certificate.ts'
import { fingerprintOf, keyTypeOf } from './host-keys.ts'
import { EVERY_NODE, keyUnusable } from './key-unusable.ts'
import { fromPkcs8 } from './pkcs8.ts'
import type { ParsedKeySource, SshAuth } from './ssh.ts'
import { WireFields } from './wire-fields.ts'

const LONGEST_KEY_FILE = 64 * 1024

/**
 * Reads and unlocks the bot's key, once, at start. An encrypted OpenSSH key without a passphrase is accepted when
 * there is an agent: its public half then selects the identity in the agent.
 *
 * @throws OperatorError key-unusable {node: "*", why}
 */
export async function loadSshAuth(settings: {
  agentSocket: string | null
  keyFile: string | null
  passphrase: string | null
  /** The certificate of the key; the file that OpenSSH looks for beside the key when absent. */
  certificateFile?: string | null
}): Promise<SshAuth> {
  const { agentSocket, keyFile, passphrase, certificateFile } = settings
  if (keyFile === null) {
    if (agentSocket === null) throw keyUnusable('none-configured')
    return { agentSocket, privateKey: null }
  }
  const privateKey = parsePrivateKey(await readKeyFile(keyFile), passphrase)
  if (privateKey.signer === null && agentSocket === null) throw keyUnusable('passphrase-needed')
  return { agentSocket, privateKey, certificateFile: certificateFile ?? certificateBeside(keyFile) }
}

/**
 * A key by which nothing else is offered: of an agent, only its own private half where the file is locked.
 * @throws OperatorError key-unusable {node: "*", why}
 */
export async function loadKeyAlone(settings: {
  path: string
  agentSocket: string | null
  passphrase: string | null
}): Promise<SshAuth> {
  const { path, agentSocket, passphrase } = settings
  const auth = await loadSshAuth({ keyFile: path, agentSocket, passphrase })
  return auth.privateKey?.signer ? { ...auth, agentSocket: null } : auth
}

/** The certificate of the private key, as it lies there now; null when there is none, or one of another key. */
export async function certificateOf({ certificateFile, privateKey }: SshAuth): Promise<Certificate | null> {
  if (!certificateFile || privateKey === null) return null
  const certificate = certificateIn(await readFile(certificateFile, 'utf8').catch(() => ''))
  return certificate?.publicKey.equals(privateKey.publicKey) === true ? certificate : null
}

/**
 * Parses a private key. With no passphrase an encrypted OpenSSH key yields its public half and no signer.
 * @throws OperatorError key-unusable {node: "*", why}
 */
export function parsePrivateKey(text: string, passphrase: string | null): ParsedKeySource {
  const parsed = firstKey(parse(text, passphrase))
  if (parsed instanceof Error) {
    if (passphrase === null && /no passphrase given/i.test(parsed.message)) {
      const publicKey = publicHalf(text)
      if (publicKey === null) throw keyUnusable('passphrase-needed')
      return describe(publicKey, null)
    }
    if (/bad passphrase|bad decrypt|integrity check/i.test(parsed.message))
      throw keyUnusable('passphrase-wrong')
    const converted = fromPkcs8(text, passphrase)
    if (converted === null) throw keyUnusable('not-a-private-key')
    return parsePrivateKey(converted, null)
  }
  if (!parsed.isPrivateKey()) throw keyUnusable('not-a-private-key')
  return describe(parsed.getPublicSSH(), parsed)
}

async function readKeyFile(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.length > LONGEST_KEY_FILE) throw keyUnusable('not-a-private-key')
    return text
  } catch (error) {
    if (error instanceof OperatorError) throw error
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw keyUnusable(missing ? 'file-missing' : 'file-unreadable', EVERY_NODE, error)
  }
}

function parse(text: string, passphrase: string | null): ParsedKey | ParsedKey[] | Error {
  try {
    return passphrase === null ? ssh2.utils.parseKey(text) : ssh2.utils.parseKey(text, passphrase)
  } catch (error) {
    return error instanceof Error ? error : new Error('unreadable key')
  }
}

function firstKey(parsed: ParsedKey | ParsedKey[] | Error): ParsedKey | Error {
  if (!Array.isArray(parsed)) return parsed
  return parsed[0] ?? new Error('no key in the file')
}

function describe(publicKey: Buffer, signer: ParsedKey | null): ParsedKeySource {
  return { type: keyTypeOf(publicKey) ?? 'unknown', publicKey, fingerprint: fingerprintOf(publicKey), signer }
}

/**
 * The public half of an encrypted key in OpenSSH's own format, which stores it in the clear: the magic, then cipher,
 * KDF and KDF options as length-prefixed strings, the number of keys, and the public blob.
 */
function publicHalf(text: string): Buffer | null {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  if (body === undefined) return null
  const data = Buffer.from(body, 'base64')
  const magic = 'openssh-key-v1\0'
  if (data.toString('latin1', 0, magic.length) !== magic) return null
  try {
    const fields = new WireFields(data.subarray(magic.length))
    for (const _ of ['cipher', 'KDF', 'options']) fields.bytes()
    fields.word()
    const blob = fields.bytes()
    return keyTypeOf(blob) === null ? null : Buffer.from(blob)
  } catch {
    return null
  }
}
