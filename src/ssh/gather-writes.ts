import type { Duplex } from 'node:stream'

/** Writes what nobody waits for: it leaves with the next packet, at the latest with the next keep-alive. */
export type Unhurried = (write: () => void) => void

/**
 * Lets what is written in one turn of the event loop leave together. ssh2 writes every packet by itself: a system call for
 * the bot, and a wake-up of the node's sshd.
 */
export function gatherWrites(socket: Duplex): Unhurried {
  const write = socket.write
  let gathering = false
  let leaving = false
  let unhurried = false
  const leave = () => {
    gathering = leaving = false
    socket.uncork()
  }
  socket.write = function gathered(this: Duplex, ...args: Parameters<Duplex['write']>) {
    if (!gathering) {
      gathering = true
      socket.cork()
    }
    if (!leaving && !unhurried) {
      leaving = true
      setImmediate(leave)
    }
    return write.apply(this, args)
  } as Duplex['write']
  return (work) => {
    unhurried = true
    try {
      work()
    } finally {
      unhurried = false
    }
  }
}
