import { z } from 'zod'
import { newRecord } from '../../registry/new-record.ts'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { FaultCode } from '../provision/fault.ts'
import { placesMade, placesThere, UNIT } from '../provision/footprint.ts'
import type { RunRecord } from '../provision/run-record.ts'
import type { StepName } from '../provision/step.ts'
import { entryOf } from './add-node-ends.ts'
import type { Context } from './context.ts'
import { type Call, defineOperation } from './operation.ts'
import { foundAddition } from './unfinished-addition.ts'

/** keep-addition. */
export interface KeepResult {
  id: string
  name: string
  host: string
  /** How the addition stands: its steps, and why it stopped; `detail` is untrusted. Null where ocm ended in the middle. */
  steps: RunRecord['steps']
  fault: { code: FaultCode; step: StepName; detail: string | null } | null
  /** Whether the addition changed anything on the machine. */
  changed: boolean
  /** What it made and is there now, by a look at the machine; null where that could not be taken. */
  stays: {
    /** Relative ones lie below the login user's home. */
    places: string[]
    /** The state of the gateway's unit as systemd has it; null where the addition has not touched it. */
    unit: string | null
    /** Whether lingering that the addition switched on is on. */
    lingers: boolean
  } | null
  /** Whether ocm watches the machine as a node. */
  registered: boolean
}

const inputSchema = z.strictObject({ id: nodeIdSchema })
const LOOK_MS = 30_000

/**
 * Leaves a machine as an addition that stopped has left it: nothing is done to it, and what stays there is told by a look.
 * The record of the addition stays as well, so that the same addition can still go on or be taken back.
 */
export const keepAddition = defineOperation<z.infer<typeof inputSchema>, KeepResult>({
  name: 'keep-addition',
  access: 'admin',
  effect: 'record',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: () => null,
  async run(context, { id }, call) {
    return await context.locks.withNode(id, 'keep-addition', async () => {
      const run = await foundAddition(context, call.actor, id)
      await context.provision.additions.put({ ...run, state: 'kept' })
      const { wanted, name, steps, fault, acted, hostKey } = run
      const stays =
        acted.length === 0 ? { places: [], unit: null, lingers: false } : await look(context, run, call)
      const registered = entryOf(context, wanted.id, [hostKey]) !== undefined
      const data = {
        id: wanted.id,
        name,
        host: wanted.host,
        steps,
        fault,
        changed: acted.length > 0,
        stays,
        registered,
      }
      return { outcome: stays === null ? 'partial' : 'done', data }
    })
  },
})

async function look(
  context: Context,
  { wanted, name, tags, hostKey, acted, made, before }: RunRecord,
  { signal }: Call<never>,
): Promise<KeepResult['stays']> {
  if (before === null) return null
  const record = { ...wanted, name, tags, ocPath: null, hostKeys: [hostKey] }
  const link = context.nodes.temporary(newRecord(record, hostKey.approvedAt))
  try {
    const there = await placesThere(link, placesMade({ before, made }), UNIT, { deadlineMs: LOOK_MS, signal })
    return {
      places: there.places,
      unit: acted.includes('service') || acted.includes('start') ? there.unit : null,
      lingers: acted.includes('linger') && there.lingers,
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof OperatorError)) throw error
    return null
  } finally {
    await link.close()
  }
}
