import { createConnection } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { WireFields } from './wire-fields.ts'

const ANSWER_MS = 2_000
/** OpenSSH's own limit on a message of an agent. */
const MOST_BYTES = 256 * 1024
const REQUEST_IDENTITIES = 11
const IDENTITIES_ANSWER = 12

/** No answer within {@link ANSWER_MS}. */
export class AgentSilent extends Error {
  override readonly name = 'AgentSilent'
}

/**
 * The public keys of an agent, also those that ssh2 cannot read and leaves out: certificates and hardware keys. Source of
 * the format: draft-ietf-sshm-ssh-agent, 3.5.
 * @throws Error when the agent does not answer, {@link AgentSilent} when that took too long
 */
export function agentIdentities(socket: string, clock: Clock): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const patience = new AbortController()
    const stream = createConnection(socket)
    const end = (settle: () => void) => {
      patience.abort()
      stream.destroy()
      settle()
    }
    const fail = (error: Error) => end(() => reject(error))
    clock.sleep(ANSWER_MS, patience.signal).then(
      () => fail(new AgentSilent('the agent does not answer')),
      () => undefined,
    )
    let answer = Buffer.alloc(0)
    stream.on('error', fail)
    stream.on('close', () => fail(new Error('the agent hung up')))
    stream.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk])
      const length = answer.length < 4 ? 0 : answer.readUInt32BE(0)
      if (length > MOST_BYTES) return fail(new Error('the answer of the agent is too long'))
      if (length > 0 && answer.length >= 4 + length)
        end(() => resolve(keysIn(answer.subarray(4, 4 + length))))
    })
    stream.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES]))
  })
}

function keysIn(message: Buffer): Buffer[] {
  const fields = new WireFields(message)
  const keys: Buffer[] = []
  try {
    if (fields.byte() !== IDENTITIES_ANSWER) return keys
    for (let count = fields.word(); count > 0; count -= 1) {
      const key = fields.bytes()
      fields.bytes()
      keys.push(key)
    }
  } catch {
    // What was read until the answer broke off counts.
  }
  return keys
}
