import { readFile, stat } from 'node:fs/promises'
import type { Clock } from './base/clock.ts'
import { OperatorError } from './base/errors.ts'
import { isValid, loginsOf, timeStamp } from './ssh/certificate.ts'
import { createIdentities } from './ssh/identities.ts'
import { certificateOf, loadSshAuth } from './ssh/keys.ts'
import { parseKnownHosts } from './ssh/known-hosts.ts'
import type { SshAuth } from './ssh/ssh.ts'

const OTHERS_MAY_READ = 0o077

/** Where the identities and the known hosts are looked for. */
export interface SshAccessSettings {
  keyPath: string | null
  keyPassphrase: string | null
  certificatePath: string | null
  /** Socket of the SSH agent; null when none is to be used. */
  agentSocket: string | null
  knownHostsPath: string | null
}

/** What of the SSH settings works; nothing here connects to a node. */
export interface SshInspection {
  /** null when no key file is set. */
  keyFile: { type: string; fingerprint: string; othersMayRead: boolean } | null
  /** What lies ready as the certificate of the key file; null when nothing does. `strange`: it is none of that key. */
  certificate:
    | { state: 'strange' }
    | { state: 'valid' | 'not-valid'; from: string; until?: string; principals?: string }
    | null
  agent: boolean
  /** Why there is no identity to log in with (`why` of key-unusable); null when there is one. */
  problem: string | null
  /** null when no file is set; `unreadable` counts lines that are no entry, null when the file cannot be read. */
  knownHosts: { unreadable: number | null } | null
}

/** Loads the key, asks the agent for its identities and reads known_hosts. Never throws. */
export async function inspectSsh(settings: SshAccessSettings, clock: Clock): Promise<SshInspection> {
  const { keyPath, keyPassphrase, certificatePath, agentSocket, knownHostsPath } = settings
  const known = {
    agent: agentSocket !== null,
    knownHosts: knownHostsPath === null ? null : { unreadable: await unreadableLines(knownHostsPath) },
  }
  try {
    const auth = await loadSshAuth({
      agentSocket,
      keyFile: keyPath,
      passphrase: keyPassphrase,
      certificateFile: certificatePath,
    })
    const { privateKey } = auth
    const keyFile =
      privateKey === null || keyPath === null
        ? null
        : {
            type: privateKey.type,
            fingerprint: privateKey.fingerprint,
            othersMayRead: ((await stat(keyPath)).mode & OTHERS_MAY_READ) !== 0,
          }
    // The offer of a first connection: it asks the agent, and fails for the same reasons as a real one.
    const problem = await createIdentities(auth, clock)
      .offer('*', 'ocm', 0)
      .then(() => null, whyOf)
    const certificate = await inspectCertificate(auth, clock.now())
    return { ...known, keyFile, certificate, problem }
  } catch (error) {
    return { ...known, keyFile: null, certificate: null, problem: whyOf(error) }
  }
}

async function inspectCertificate(auth: SshAuth, at: number): Promise<SshInspection['certificate']> {
  const { certificateFile } = auth
  const found = await certificateOf(auth)
  if (found === null) {
    const isThere = certificateFile && (await stat(certificateFile).catch(() => null)) !== null
    return isThere ? { state: 'strange' } : null
  }
  const { validFrom, validUntil, principals } = found
  return {
    state: isValid(found, at) ? 'valid' : 'not-valid',
    from: timeStamp(validFrom),
    ...(validUntil === null ? {} : { until: timeStamp(validUntil) }),
    ...(principals.length === 0 ? {} : { principals: loginsOf(principals) }),
  }
}

function whyOf(error: unknown): string {
  return error instanceof OperatorError ? String(error.params.why) : 'file-unreadable'
}

async function unreadableLines(path: string): Promise<number | null> {
  try {
    return parseKnownHosts(await readFile(path, 'utf8')).unreadable.length
  } catch {
    return null
  }
}
