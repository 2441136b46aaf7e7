import { createServer, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP proxy whose answers can get lost on the way back, after the server has done what was asked. */
export interface LossyProxy {
  /** The server's address with this proxy in front. */
  url: string
  /** The answers to the next `times` requests that fit are never delivered: the connection breaks instead. */
  loseAnswer(method: string, path: RegExp, times?: number): void
  close(): Promise<void>
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port, pathname } = new URL(target)
  const rules: { method: string; path: RegExp; left: number }[] = []
  const loses = (request: IncomingMessage) => {
    const rule = rules.find(
      ({ method, path, left }) => left > 0 && method === request.method && path.test(request.url ?? ''),
    )
    if (rule) rule.left -= 1
    return rule !== undefined
  }
  const server = createServer((request, response) => {
    const lost = loses(request)
    const { method, url: path, headers } = request
    const onwards = send({
      hostname,
      port,
      method,
      path,
      headers: { ...headers, host: `${hostname}:${port}` },
    })
    onwards.on('error', () => response.destroy())
    onwards.on('response', (answer) => {
      if (lost) {
        answer.resume()
        answer.on('end', () => request.socket.resetAndDestroy())
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onwards)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    loseAnswer: (method, path, times = 1) => void rules.push({ method, path, left: times }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
