import { z } from 'zod'
import {
  DEFAULT_SSH_PORT,
  nodeIdSchema,
  nodeRecordSchema,
  sshUserSchema,
  tagSchema,
  typedNameSchema,
} from '../../registry/schema.ts'
import type { InputForm } from '../base/input-problem.ts'
import { SECRET_NAME } from '../provision/secrets.ts'
import { spelledHostSchema, unfoldHost } from './spelled-host.ts'
import { versionInputSchema } from './version-input.ts'

/** What says something about a machine: an addition that goes on does so as it was begun. */
const OF_A_HOST = ['gatewayPort', 'sshPort', 'sshUser', 'name', 'tags', 'version', 'model', 'secret'] as const

const isGiven = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0)

/** What is asked of add-node; `address` is null where an addition goes on. */
export const addInputSchema = z
  .strictObject({
    id: nodeIdSchema,
    name: typedNameSchema.optional(),
    /** Left out, the addition of this id that did not come to its end goes on, and nothing else may be given. */
    host: spelledHostSchema.optional(),
    sshPort: nodeRecordSchema.shape.sshPort.optional(),
    sshUser: sshUserSchema.optional(),
    gatewayPort: nodeRecordSchema.shape.gatewayPort.optional(),
    tags: z.array(tagSchema).max(32).default([]),
    version: versionInputSchema.optional(),
    model: z.string().trim().min(3).max(128).optional(),
    /** Name of a secret on the machine of ocm. */
    secret: z
      .string()
      .regex(SECRET_NAME, 'secret-name' satisfies InputForm)
      .optional(),
  })
  .transform((input, context) => {
    const { host, sshPort, sshUser } = input
    if (host === undefined) {
      for (const field of OF_A_HOST)
        if (isGiven(input[field]))
          context.addIssue({ code: 'custom', path: [field], message: 'needs-host' satisfies InputForm })
      return { ...input, address: null }
    }
    const unfolded = unfoldHost({ host, sshPort, sshUser }, context)
    if (unfolded.sshUser !== undefined)
      return {
        ...input,
        address: {
          host: unfolded.host,
          sshUser: unfolded.sshUser,
          sshPort: unfolded.sshPort ?? DEFAULT_SSH_PORT,
        },
      }
    context.addIssue({ code: 'invalid_type', expected: 'string', path: ['sshUser'] })
    return z.NEVER
  })
export type AddInput = z.infer<typeof addInputSchema>
