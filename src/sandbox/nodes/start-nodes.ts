import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineClock } from '../clock.ts'
import type { NodesSandbox, SandboxNode, StartNodesOptions } from './control.ts'
import { startNode } from './node.ts'

/**
 * Starts embedded nodes: each with a real SSH server, a shell in a private home and a gateway that speaks the recorded
 * protocol. Resolves when every node is in the state that it begins with.
 * @throws Error when a node cannot be started; whatever was started is ended first
 */
export async function startNodes(options: StartNodesOptions): Promise<NodesSandbox> {
  const { clock = machineClock, authorizedKeys } = options
  // A short path: sockets below it must fit into the 104 bytes that macOS allows.
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'ocm-'))
  const starting = options.nodes.map((spec, index) =>
    startNode({ spec, clock, authorizedKeys, root: join(root, `n${index + 1}`) }),
  )
  const settled = await Promise.allSettled(starting)
  const nodes = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()))
    if (options.root === undefined) rmSync(root, { recursive: true, force: true })
  }
  const failure = settled.find((result) => result.status === 'rejected')
  if (failure) {
    await close()
    throw failure.reason
  }
  return { root, nodes, close, node: (id) => findNode(nodes, id) }
}

function findNode(nodes: readonly SandboxNode[], id: string): SandboxNode {
  const node = nodes.find((candidate) => candidate.id === id)
  if (!node) throw new Error(`there is no embedded node ${id}`)
  return node
}
