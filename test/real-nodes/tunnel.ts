import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { eventually } from './command.ts'
import type { RealNode } from './fleet.ts'

/**
 * Lets a machine reach what is served on the loopback of this host, under the same addresses. Each address is one that
 * answers when it is reached; `scratch` is a folder for the keys of hosts.
 */
export function tunnelTo(node: RealNode, addresses: readonly string[], scratch: string) {
  let tunnel: ChildProcess | undefined
  return {
    async open() {
      const settings = ['ExitOnForwardFailure=yes', 'StrictHostKeyChecking=no', 'BatchMode=yes']
      const known = `UserKnownHostsFile=${path.join(scratch, 'known_hosts')}`
      const options = [...settings, known].flatMap((one) => ['-o', one])
      const ways = addresses.flatMap((address) => {
        const { port } = new URL(address)
        return ['-R', `${port}:127.0.0.1:${port}`]
      })
      const words = ['-F', 'none', '-i', node.keyPath, ...options, '-N', ...ways]
      tunnel = spawn('ssh', [...words, `${node.login}@${node.host}`], { stdio: 'ignore' })
      for (const address of addresses)
        await eventually(`${address} is in reach of ${node.name}`, 30_000, async () => {
          const asked = await node.root(`curl -s -o /dev/null ${address}`)
          return asked.code === 0 || undefined
        })
    },
    async close() {
      if (!tunnel || tunnel.exitCode !== null || tunnel.signalCode !== null) return
      const ended = once(tunnel, 'exit')
      tunnel.kill('SIGKILL')
      await ended
    },
  }
}
