import { z } from 'zod'
import { defineOperation } from './operation.ts'
import { type Overview, overviewOf } from './overview.ts'

/** How the fleet stands, for whoever takes over: what is open, what runs, what was put aside. From memory. */
export const shiftReport = defineOperation<Record<string, never>, Overview>({
  name: 'shift-report',
  access: 'viewer',
  effect: 'read',
  input: z.strictObject({}) as z.ZodType<Record<string, never>>,
  nodeOf: () => null,
  // Who sees a part of the fleet sees that part.
  tagsOf: () => null,
  run: async (context, _input, { actor }) => ({ outcome: 'done', data: await overviewOf(context, actor) }),
})
