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
import type { OperatorError } from '../base/errors.ts'
import { agentKeyTypes } from './agent-key-types.ts'
import { keyUnusable } from './key-unusable.ts'
import type { SshAuth } from './ssh.ts'

/** OpenSSH hangs up after 6 refused keys (MaxAuthTries); one is left for luck. */
const KEYS_PER_CONNECTION = 5
/** A stopped agent must not eat the whole connect budget. */
const AGENT_ANSWER_MS = 2_000

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
   * The `batch`-th handful of keys, best first: the key file, then the agent's keys with the one that last worked in
   * front. @throws OperatorError key-unusable {node, why}
   */
  offer(node: string, user: string, batch: number): Promise<Offer>
  /** What lies ready and cannot be used, where it may be what a server wanted; null when there is nothing. */
  unused(): Promise<UnusedIdentity | null>
}

/** OpenSSH's certificates and hardware keys: ssh2 signs with neither. */
export type UnusedIdentity = 'certificate' | 'hardware-key'

/** Orders and limits the keys of an agent, so that nine keys in it still log in. */
export function createIdentities(auth: SshAuth, clock: Clock): Identities {
  let lastGood: Buffer | null = null

  async function agentKeys(node: string, socket: string): Promise<ParsedKey[]> {
    const all = await listAgent(node, socket, clock)
    const wanted = auth.privateKey
    if (wanted !== null && wanted.signer === null) {
      const own = all.filter((key) => key.getPublicSSH().equals(wanted.publicKey))
      if (own.length === 0) throw keyUnusable('identity-not-in-agent', node)
      return own
    }
    const rank = (key: ParsedKey) => (lastGood?.equals(key.getPublicSSH()) ? 0 : 1)
    return all
      .filter((key) => wanted === null || !key.getPublicSSH().equals(wanted.publicKey))
      .sort((a, b) => rank(a) - rank(b))
  }

  async function nothingToOffer(node: string): Promise<OperatorError> {
    const { agentSocket } = auth
    if (agentSocket === null) return keyUnusable('none-configured', node)
    const kind = await unusedInAgent(agentSocket, clock)
    return keyUnusable(kind === null ? 'agent-empty' : `agent-only-${kind}`, node)
  }

  return {
    async unused() {
      const { agentSocket, certificate } = auth
      if (certificate === true) return 'certificate'
      return agentSocket === null ? null : await unusedInAgent(agentSocket, clock)
    },

    async offer(node, user, batch) {
      const { agentSocket, privateKey } = auth
      const signer = privateKey?.signer ?? null
      const keys =
        agentSocket === null ? [] : await agentKeys(node, agentSocket).catch(unlessKeyFile(signer !== null))
      if (signer === null && keys.length === 0) throw await nothingToOffer(node)
      const fromFile: AnyAuthMethod[] =
        signer !== null && batch === 0 ? [{ type: 'publickey', username: user, key: signer }] : []
      const start = batch * KEYS_PER_CONNECTION - (signer !== null && batch > 0 ? 1 : 0)
      const end = (batch + 1) * KEYS_PER_CONNECTION - (signer !== null ? 1 : 0)
      const handful = keys.slice(start, end)
      let signedWith: Buffer | null = null
      const methods = [...fromFile]
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

/** What an agent holds that ssh2 leaves out of its list. */
async function unusedInAgent(socket: string, clock: Clock): Promise<UnusedIdentity | null> {
  const types = await agentKeyTypes(socket, clock).catch(() => [])
  if (types.some((type) => /-cert-v0\d@openssh\.com$/.test(type))) return 'certificate'
  return types.some((type) => type.startsWith('sk-')) ? 'hardware-key' : null
}

/** With a key file at hand a broken agent is no reason to fail. */
function unlessKeyFile(haveKeyFile: boolean): (error: unknown) => ParsedKey[] {
  return (error) => {
    if (haveKeyFile) return []
    throw error
  }
}

function listAgent(node: string, socket: string, clock: Clock): Promise<ParsedKey[]> {
  return new Promise((resolve, reject) => {
    const patience = new AbortController()
    clock.sleep(AGENT_ANSWER_MS, patience.signal).then(
      () => reject(keyUnusable('agent-silent', node)),
      () => undefined,
    )
    new ssh2.OpenSSHAgent(socket).getIdentities((error, keys) => {
      patience.abort()
      if (error) reject(keyUnusable('agent-unreachable', node, error))
      else resolve(parsedKeys(keys ?? []))
    })
  })
}

function parsedKeys(keys: readonly unknown[]): ParsedKey[] {
  return keys.flatMap((key) => {
    const parsed = ssh2.utils.parseKey(key as ParsedKey)
    return parsed instanceof Error ? [] : [parsed]
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
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    this.#onSign(key.getPublicSSH())
    if (typeof options === 'function') this.#agent.sign(key, data, {}, options)
    else this.#agent.sign(key, data, options, callback)
  }
}
