import { OperatorError } from '../base/errors.ts'

/** The node name in errors about the bot's own key, which concern every node. */
export const EVERY_NODE = '*'

/** Why a key cannot be used, as `why` in key-unusable. */
export type KeyProblem =
  | 'file-missing'
  | 'file-unreadable'
  | 'not-a-private-key'
  | 'passphrase-needed'
  | 'passphrase-wrong'
  | 'agent-unreachable'
  | 'agent-silent'
  | 'agent-empty'
  | 'agent-only-hardware-key'
  | 'identity-not-in-agent'
  | 'none-configured'

/** The one error about the bot's own identity. */
export function keyUnusable(why: KeyProblem, node: string = EVERY_NODE, cause?: unknown): OperatorError {
  return new OperatorError('key-unusable', { node, why }, cause === undefined ? {} : { cause })
}
