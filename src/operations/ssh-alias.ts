import { basename } from 'node:path'
import { jumpName } from '../../registry/jumps.ts'
import { OperatorError } from '../base/errors.ts'
import { readAlias } from '../ssh/ssh-config.ts'

/** What register-node takes of an alias. */
export interface AliasHost {
  host: string
  sshPort: number
  sshUser: string
  jump?: string
}

/**
 * What an ssh_config of the machine that runs ocm says of an alias, for register-node.
 * @throws OperatorError import-unreadable
 */
export async function hostOfAlias(file: string, alias: string, signal: AbortSignal): Promise<AliasHost> {
  const found = await readAlias(file, alias, signal)
  if ('problem' in found)
    throw new OperatorError('import-unreadable', { file: basename(file), problem: found.problem })
  const { host, port, user, jump } = found
  return { host, sshPort: port, sshUser: user, ...(jump ? { jump: jumpName(jump) } : {}) }
}
