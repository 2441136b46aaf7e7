import { createConnection } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { keyTypeOf } from './host-keys.ts'

const ANSWER_MS = 2_000
/** OpenSSH's own limit on a message of an agent. */
const MOST_BYTES = 256 * 1024
const REQUEST_IDENTITIES = 11
const IDENTITIES_ANSWER = 12

/**
 * The types of all keys of an agent, also of those that ssh2 cannot read and leaves out. Source of the format:
 * draft-ietf-sshm-ssh-agent, 3.5. @throws Error when the agent does not answer
 */
export function agentKeyTypes(socket: string, clock: Clock): Promise<string[]> {
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
      () => fail(new Error('the agent does not answer')),
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
        end(() => resolve(typesIn(answer.subarray(4, 4 + length))))
    })
    stream.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES]))
  })
}

function typesIn(message: Buffer): string[] {
  const types: string[] = []
  if (message[0] !== IDENTITIES_ANSWER || message.length < 5) return types
  let at = 5
  const next = (): Buffer | null => {
    if (at + 4 > message.length) return null
    const start = at + 4
    const end = start + message.readUInt32BE(at)
    if (end > message.length) return null
    at = end
    return message.subarray(start, end)
  }
  for (let count = message.readUInt32BE(1); count > 0; count -= 1) {
    const [blob, comment] = [next(), next()]
    if (blob === null || comment === null) break
    const type = keyTypeOf(blob)
    if (type !== null) types.push(type)
  }
  return types
}
