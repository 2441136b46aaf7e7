import { z } from 'zod'
import type { Signal } from '../../src/monitor/signal.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import { defineCollection } from '../../src/store/store.ts'
import { look } from '../incidents/storm-stage.ts'

/** Records that always come in pairs. */
export const halves = defineCollection({ name: 'half', schema: z.string() })
/** One number that everybody adds to. */
export const count = defineCollection({ name: 'count', schema: z.int() })

/** The settings of an ocm that has nothing but a data folder. */
export const settingsFor = (folder: string) => ({
  OCM_DATA_DIR: folder,
  OCM_SSH_KEY: `${folder}/none`,
  OCM_SSH_AGENT: 'none',
})

export const auditEntry = (operationId: string): AuditEntry => ({
  at: '2026-11-28T12:00:00.000Z',
  operationId,
  operation: 'node-restart',
  face: 'cli',
  actorId: 'mika',
  actorName: 'Mika',
  nodeId: 'alpha',
  input: { node: 'alpha' },
  reason: null,
  result: 'done',
  errorCode: null,
  durationMs: 5,
})

/** What a pass says of forty sessions of which each is full in every other pass. */
export const signalsOf = (pass: number): Signal[] =>
  Array.from({ length: 40 }, (_, index) =>
    look('context', (index + pass) % 2 === 0 ? 'warning' : null, {
      node: `n${index >> 3}`,
      session: `s${index}`,
      at: Date.now(),
    }),
  )
