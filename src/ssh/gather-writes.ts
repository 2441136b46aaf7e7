import type { Duplex } from 'node:stream'

/**
 * Lets what is written in one turn of the event loop leave together. ssh2 writes every packet by itself: a system call for
 * the bot, and a wake-up of the node's sshd.
 */
export function gatherWrites(socket: Duplex): void {
  const write = socket.write
  let gathering = false
  const leave = () => {
    gathering = false
    socket.uncork()
  }
  socket.write = function gathered(this: Duplex, ...args: Parameters<Duplex['write']>) {
    if (!gathering) {
      gathering = true
      socket.cork()
      setImmediate(leave)
    }
    return write.apply(this, args)
  } as Duplex['write']
}
