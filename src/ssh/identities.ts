import type {
  AnyAuthMethod,
  IdentityCallback,
  OpenSSHAgent,
  ParsedKey,
  SignCallback,
  SigningRequestOptions,
} from 'ssh2'
import ssh2 from 'ssh2'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { AgentSilent, agentIdentities } from './agent-identities.ts'
import {
  agentKey,
  type Certificate,
  certificateKey,
  isValid,
  loginsOf,
  readCertificate,
  timeStamp,
} from './certificate.ts'
import { keyTypeOf } from './host-keys.ts'
import { keyUnusable } from './key-unusable.ts'
import { certificateOf } from './keys.ts'
import type { SshAuth } from './ssh.ts'

/** OpenSSH hangs up after 6 refused keys (MaxAuthTries); one is left for luck. */
const KEYS_PER_CONNECTION = 5

/** The keys to offer in one connection attempt, and what becomes known from how it ended. */
export interface Offer {
  methods: AnyAuthMethod[]
  /** More keys wait for another attempt. */
  more: boolean
  /** Whether the agent was asked to sign: then the server would have taken the key. */
  signed(): boolean
  /** Call after a login: the key that was signed with last goes first from now on. */
  accepted(): void
}

/** The bot's identities. */
export interface Identities {
  /**
   * The `batch`-th handful of keys, best first: the key file, its certificate in front, then the agent's keys with the one
   * that last worked in front. @throws OperatorError key-unusable {node, why}
   */
  offer(node: string, user: string, batch: number): Promise<Offer>
  /** What a refused login says of what lies ready: that its certificate is over, or a key that cannot be used. */
  explain(refusal: OperatorError, user: string): Promise<OperatorError>
}

/** Orders and limits the keys of an agent, so that nine keys in it still log in. */
export function createIdentities(auth: SshAuth, clock: Clock): Identities {
  let lastGood: Buffer | null = null

  async function agentKeys(node: string, socket: string): Promise<ParsedKey[]> {
    const all = usable(await listAgent(node, socket, clock))
    const wanted = auth.privateKey
    if (wanted !== null && wanted.signer === null) {
      const own = all.filter(({ plain }) => plain.equals(wanted.publicKey))
      if (own.length === 0) throw keyUnusable('identity-not-in-agent', node)
      return own.map(({ key }) => key)
    }
    const rank = (key: ParsedKey) => (lastGood?.equals(key.getPublicSSH()) ? 0 : 1)
    return all
      .map(({ key }) => key)
      .filter((key) => wanted === null || !key.getPublicSSH().equals(wanted.publicKey))
      .sort((a, b) => rank(a) - rank(b))
  }

  async function keysOfFile(user: string): Promise<AnyAuthMethod[]> {
    const signer = auth.privateKey?.signer ?? null
    if (signer === null) return []
    const certificate = await certificateOf(auth)
    const certified = certificate === null ? null : certificateKey(certificate, signer)
    return [...(certified === null ? [] : [certified]), signer].map((key) => ({
      type: 'publickey',
      username: user,
      key,
    }))
  }

  async function nothingToOffer(node: string): Promise<OperatorError> {
    const { agentSocket } = auth
    if (agentSocket === null) return keyUnusable('none-configured', node)
    const blobs = await agentIdentities(agentSocket, clock).catch(() => [])
    return keyUnusable(blobs.some(isHardwareKey) ? 'agent-only-hardware-key' : 'agent-empty', node)
  }

  return {
    async explain(refusal, user) {
      const { agentSocket } = auth
      const blobs =
        agentSocket === null ? [] : await agentIdentities(agentSocket, clock).catch((): Buffer[] => [])
      const own = await certificateOf(auth)
      const certificates = [...(own ? [own] : []), ...blobs.flatMap((blob) => readCertificate(blob) ?? [])]
      const problem = certificateProblem(certificates, user, clock.now())
      if (problem !== null)
        return new OperatorError(problem.code, { ...refusal.params, ...problem.params }, { cause: refusal })
      return blobs.some(isHardwareKey)
        ? new OperatorError('hardware-key-unused', refusal.params, { cause: refusal })
        : refusal
    },

    async offer(node, user, batch) {
      const { agentSocket } = auth
      const fromFile = await keysOfFile(user)
      const keys =
        agentSocket === null
          ? []
          : await agentKeys(node, agentSocket).catch(unlessKeyFile(fromFile.length > 0))
      if (fromFile.length === 0 && keys.length === 0) throw await nothingToOffer(node)
      const start = Math.max(0, batch * KEYS_PER_CONNECTION - fromFile.length)
      const end = (batch + 1) * KEYS_PER_CONNECTION - fromFile.length
      const handful = keys.slice(start, end)
      let signedWith: Buffer | null = null
      const methods = batch === 0 ? fromFile : []
      if (agentSocket !== null && handful.length > 0) {
        const agent = new HandfulAgent(agentSocket, handful, (key) => {
          signedWith = key
        })
        methods.push({ type: 'agent', username: user, agent })
      }
      return {
        methods,
        more: keys.length > end,
        signed: () => signedWith !== null,
        accepted() {
          if (signedWith !== null) lastGood = signedWith
        },
      }
    },
  }
}

/** Why certificates that were shown did not let a login in, as far as they tell it themselves; null when there are none. */
function certificateProblem(certificates: readonly Certificate[], user: string, now: number) {
  const [first] = certificates
  if (first === undefined) return null
  const current = certificates.filter((one) => isValid(one, now))
  if (current.length === 0) {
    const { validFrom, validUntil } = first
    const params =
      validFrom > now
        ? { from: timeStamp(validFrom) }
        : validUntil === null
          ? {}
          : { until: timeStamp(validUntil) }
    return { code: 'certificate-not-valid', params } as const
  }
  const fitting = current.find(({ principals }) => principals.length === 0 || principals.includes(user))
  if (fitting !== undefined) return { code: 'certificate-refused', params: { user } } as const
  const principals = loginsOf(current[0]?.principals ?? [])
  return { code: 'certificate-principal', params: { user, principals } } as const
}

function isHardwareKey(blob: Buffer): boolean {
  return keyTypeOf(blob)?.startsWith('sk-') === true
}

/** The keys of an agent with which ssh2 can log in, certificates first, as OpenSSH offers them. */
function usable(blobs: readonly Buffer[]): { key: ParsedKey; plain: Buffer }[] {
  const keys = blobs.flatMap((blob) => {
    const certificate = readCertificate(blob)
    const key = certificate === null ? plainKey(blob) : certificateKey(certificate, null)
    return key === null
      ? []
      : [{ key, plain: certificate?.publicKey ?? blob, certified: certificate !== null }]
  })
  return keys.sort((a, b) => Number(b.certified) - Number(a.certified))
}

function plainKey(blob: Buffer): ParsedKey | null {
  const parsed = ssh2.utils.parseKey(`${keyTypeOf(blob)} ${blob.toString('base64')}`)
  return parsed instanceof Error || Array.isArray(parsed) ? null : parsed
}

/** With a key file at hand a broken agent is no reason to fail. */
function unlessKeyFile(haveKeyFile: boolean): (error: unknown) => ParsedKey[] {
  return (error) => {
    if (haveKeyFile) return []
    throw error
  }
}

function listAgent(node: string, socket: string, clock: Clock): Promise<Buffer[]> {
  return agentIdentities(socket, clock).catch((error: unknown) => {
    throw keyUnusable(error instanceof AgentSilent ? 'agent-silent' : 'agent-unreachable', node, error)
  })
}

/** An agent that shows only some of its keys. */
class HandfulAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: OpenSSHAgent
  readonly #keys: ParsedKey[]
  readonly #onSign: (publicKey: Buffer) => void

  constructor(socket: string, keys: ParsedKey[], onSign: (publicKey: Buffer) => void) {
    super()
    this.#agent = new ssh2.OpenSSHAgent(socket)
    this.#keys = keys
    this.#onSign = onSign
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(undefined, this.#keys)
  }

  override sign(
    offered: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    this.#onSign(offered.getPublicSSH())
    const { key, hash } = agentKey(offered)
    if (typeof options === 'function') this.#agent.sign(key, data, hash === null ? {} : { hash }, options)
    else this.#agent.sign(key, data, hash === null ? options : { hash }, callback)
  }
}
