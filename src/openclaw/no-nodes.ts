import { OperatorError } from '../base/errors.ts'
import type { NodesPort } from './ports.ts'

/** For work that reaches no node: it needs no key and loads nothing. What asks for a node all the same is a fault. */
export const noNodes: NodesPort = {
  link: refuse,
  temporary: refuse,
  scanHostKey: refuse,
  tryJump: refuse,
  knownHostKeys: () => [],
  forget: () => Promise.resolve(),
  withFullKey: () => noNodes,
  close: () => Promise.resolve(),
}

function refuse(): never {
  throw new OperatorError('internal', {}, { detail: 'this work was opened without a way to nodes' })
}
