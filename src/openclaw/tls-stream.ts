import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'

/**
 * TLS over a stream that ends on the node itself. Whose certificate it is does not matter: the stream runs inside the SSH
 * connection, whose host key has proven the node, and gateways make their own certificates.
 * @throws Error when the other side speaks no TLS, or the signal's reason
 */
export function overTls(stream: Duplex, signal?: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secure = connect({ socket: stream, rejectUnauthorized: false })
    const fail = (error: unknown) => {
      secure.destroy()
      stream.destroy()
      reject(error)
    }
    const onAbort = () => fail(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    secure.on('error', fail)
    stream.once('close', () => secure.destroy())
    secure.once('close', () => fail(new Error('closed before TLS was agreed on')))
    secure.once('secureConnect', () => {
      signal?.removeEventListener('abort', onAbort)
      resolve(secure)
    })
  })
}
