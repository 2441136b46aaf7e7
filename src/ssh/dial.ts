import { createConnection, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { OperatorError } from '../base/errors.ts'
import type { ReasonCode } from '../base/reading.ts'

/** What an SSH connection runs over: a socket, or a channel through a jump host. */
export interface Wire extends Duplex {
  readonly bytesRead: number
}

/** What one read brings at most. */
const READ_BYTES = 64 * 1024
/**
 * What sockets read into, one after the other. What is handed on is a copy of what came: left to itself Node makes 64 KB anew for
 * each read, be it of one line, and V8 counts them.
 */
const READ = Buffer.allocUnsafeSlow(READ_BYTES)
/** After so much everybody else gets a turn. Node reads 32 times in one, and all that is done with it takes 20 ms then. */
const TURN_BYTES = 256 * 1024

/** A host with several addresses gets this long per address; Node's default of 250 ms is too short for a slow WAN. */
const ADDRESS_ATTEMPT_MS = 1_000

/**
 * Opens a TCP connection, paused, with Nagle's algorithm off: with it, every exec costs 44 ms of delayed acknowledgement.
 * The socket keeps an error listener for ever, because one failure can be reported twice and an unheard second
 * report would end the process.
 *
 * @throws OperatorError node-unreachable with dns-failed, alias-unknown, connect-refused, no-route or connect-timeout; the signal's
 * abort counts as the time being up
 */
export function dial(node: string, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(unreachable(node, 'connect-timeout', signal.reason))
    let looked = isIP(host) !== 0
    let readInTurn = 0
    const socket = createConnection({
      host,
      port,
      noDelay: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
      onread: {
        buffer: READ,
        callback(bytes: number) {
          socket.emit('data', Buffer.from(READ.subarray(0, bytes)))
          readInTurn += bytes
          if (readInTurn < TURN_BYTES) return true
          readInTurn = 0
          setImmediate(() => {
            if (!socket.isPaused()) socket.resume()
          })
          return false
        },
      },
    })
    // What comes before there are listeners shall wait for them.
    socket.pause()
    const onAbort = () => {
      socket.destroy()
      reject(unreachable(node, looked ? 'connect-timeout' : 'dns-failed', signal.reason))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('lookup', () => {
      looked = true
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', onAbort)
      const reason = reasonOfSocketError(error)
      reject(unreachable(node, reason === 'dns-failed' && isAlias(host) ? 'alias-unknown' : reason, error))
    })
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort)
      resolve(socket)
    })
  })
}

/** Whether a name that nobody could resolve looks like one of ~/.ssh/config: names of hosts on the network have dots. */
function isAlias(host: string): boolean {
  return !host.includes('.')
}

/** Why a socket failed, in our words. */
export function reasonOfSocketError(error: NodeJS.ErrnoException): ReasonCode {
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
    case 'EAI_FAIL':
      return 'dns-failed'
    case 'ECONNREFUSED':
      return 'connect-refused'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
    case 'EINVAL':
      return 'no-route'
    case 'ETIMEDOUT':
      return 'connect-timeout'
    default:
      return 'connection-dropped'
  }
}

/** A node that could not be reached; nothing was run on it. */
export function unreachable(node: string, reason: ReasonCode, cause?: unknown): OperatorError {
  return new OperatorError('node-unreachable', { node, reason }, cause === undefined ? {} : { cause })
}
