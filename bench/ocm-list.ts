import { createContext } from '../src/create-context.ts'
import { listNodes } from '../src/operations/list-nodes.ts'
import { runOperation } from '../src/operations/run-operation.ts'
import { loadConfig } from '../src/settings/config.ts'
import { type Fleet, settingsOf } from './fleet.ts'

/** ocm's whole `list` in one process from start to exit, gateways included. Takes the fleet as JSON. */
const fleet = JSON.parse(process.argv[2] ?? '') as Fleet
const config = loadConfig(settingsOf(fleet), { discord: 'optional' })
const owned = await createContext(config)
const actor = { face: 'cli', id: 'bench', name: 'bench', grants: [{ level: 'viewer', tags: null }] } as const
const { data } = await runOperation(owned.context, actor, listNodes, {})
process.stdout.write(JSON.stringify(data.counts))
await owned.close()
