import { z } from 'zod'
import { parseAddress } from '../../registry/address-text.ts'
import type { InputForm } from '../base/input-problem.ts'

/** A host as people write it: also with the login before it, the port behind it, in brackets, or as `ssh://`. */
export const spelledHostSchema = z.string().trim().min(1).max(320)

interface Spelled {
  host?: string | undefined
  sshPort?: number | undefined
  sshUser?: string | undefined
}

/** Puts what the host says besides itself into the fields in which it belongs; refuses what contradicts them. */
export function unfoldHost<Input extends Spelled>(input: Input, context: z.RefinementCtx): Input {
  if (input.host === undefined) return input
  const refuse = (field: keyof Spelled, form: InputForm) =>
    context.addIssue({ code: 'custom', path: [field], message: form })
  const address = parseAddress(input.host)
  if (address === null) {
    refuse('host', /[@:]/.test(input.host) ? 'ssh-address' : 'host-name')
    return input
  }
  const { host, port, user } = address
  if (port !== null && input.sshPort !== undefined && input.sshPort !== port)
    refuse('sshPort', 'said-in-host')
  if (user !== null && input.sshUser !== undefined && input.sshUser !== user)
    refuse('sshUser', 'said-in-host')
  return {
    ...input,
    host,
    ...(port === null ? {} : { sshPort: port }),
    ...(user === null ? {} : { sshUser: user }),
  }
}
