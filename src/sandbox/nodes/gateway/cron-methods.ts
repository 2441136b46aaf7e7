import { randomUUID } from 'node:crypto'
import type { Json } from '../recorded.ts'
import { type Call, type MethodTable, stringParam } from './method.ts'

/** Jobs as `cron.list` gives them; those that OpenClaw declares itself are left out here. */
function list({ openclaw, params }: Call): Json {
  return { jobs: openclaw.jobs.filter(({ enabled }) => params.includeDisabled === true || enabled !== false) }
}

function add(call: Call): Json {
  const { openclaw, params } = call
  const now = openclaw.now()
  const job = { enabled: true, ...params, name: stringParam(call, 'name') }
  const made = { id: randomUUID(), ...job, createdAtMs: now, updatedAtMs: now, state: {} }
  openclaw.jobs.push(made)
  return made
}

/** Scheduled jobs; parameters as in 2026.2.17. */
export const cronMethods: MethodTable = {
  'cron.list': { params: ['includeDisabled'], run: list },
  'cron.add': {
    params: [
      ...['name!', 'agentId', 'sessionKey', 'description', 'enabled', 'deleteAfterRun'],
      ...['schedule!', 'sessionTarget!', 'wakeMode!', 'payload!', 'delivery'],
    ],
    run: add,
  },
}
