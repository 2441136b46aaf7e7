import { z } from 'zod'

/** What additions of nodes answer with. */
export const additionResults = {
  'add-node': z.object({
    id: z.string(),
    name: z.string(),
    host: z.string(),
    steps: z.array(z.any()),
    fault: z.any(),
    registered: z.boolean(),
    changed: z.boolean(),
    keyless: z.boolean(),
  }),
  'keep-addition': z.object({
    id: z.string(),
    name: z.string(),
    host: z.string(),
    steps: z.array(z.any()),
    fault: z.any(),
    changed: z.boolean(),
    stays: z
      .object({ places: z.array(z.string()), unit: z.string().nullable(), lingers: z.boolean() })
      .nullable(),
    registered: z.boolean(),
  }),
  'undo-add-node': z.object({
    id: z.string(),
    name: z.string(),
    taken: z.array(
      z.enum([
        'ssh',
        'registry',
        'linger',
        'service',
        'validate',
        'nodejs',
        'openclaw',
        'configuration',
        'credentials',
        'start',
        'readiness',
        'pairing',
        'first-backup',
      ]),
    ),
    changed: z.boolean(),
    stayed: z.array(z.string()),
    wroteThere: z.boolean(),
    backups: z.number(),
    left: z.array(z.string()),
    fault: z.any(),
  }),
} as const
