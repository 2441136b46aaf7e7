import { connect, type Socket } from 'node:net'

/** How a node's network behaves at this moment; links read it for every packet. */
export interface Weather {
  delayMs: number
  /** Nothing gets through and nobody is told. */
  dark: boolean
}

/** Carries one client's TCP connection to the SSH server behind it, through the weather. */
export class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #weather: Weather
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(client: Socket, serverPath: string, weather: Weather, closed: () => void) {
    this.#client = client
    this.#weather = weather
    this.#server = connect(serverPath)
    client.setNoDelay(true)
    this.#carry(client, this.#server)
    this.#carry(this.#server, client)
    for (const socket of [client, this.#server]) socket.on('error', () => this.cut())
    client.on('close', () => {
      this.#server.destroy()
      closed()
    })
    this.#server.on('close', () => {
      if (!weather.dark) this.#later(() => client.end())
    })
  }

  /** Ends both sides with a reset. */
  cut(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#client.resetAndDestroy()
    this.#server.destroy()
  }

  #carry(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (this.#weather.dark) return
      this.#later(() => {
        if (this.#weather.dark || to.destroyed || to.writableEnded) return
        if (!to.write(chunk)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
    })
    from.on('end', () => {
      if (!this.#weather.dark) this.#later(() => to.end())
    })
  }

  /** Runs in order after the delay; equal timers fire in the order they were set. */
  #later(run: () => void): void {
    const { delayMs } = this.#weather
    if (delayMs === 0 && this.#timers.size === 0) {
      run()
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, delayMs)
    this.#timers.add(timer)
  }
}
