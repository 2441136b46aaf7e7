import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importRegistry } from '../../src/operations/import-registry.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const haveSsh = spawnSync('ssh', ['-V']).error === undefined
const admin = actor('admin')
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet([
    { id: 'alpha', name: 'Alpha', version: '2026.9.6', agents: [{ id: 'main', sessions: [] }] },
  ])
})
afterAll(() => fleet.close())

describe.skipIf(!haveSsh)('the import of an ssh_config', () => {
  test('takes address, login, port and jump host of each alias', async () => {
    const file = join(fleet.folder, 'config')
    await writeFile(
      file,
      `Host web1 web2
  HostName %h.internal
  User ops
  Port 2222
  ProxyJump jump@bastion.example.net
Host far
  ProxyJump a,b
Host *
  User everyone
`,
    )
    const input = { file, format: 'ssh-config' }
    const confirmed = await planOperation(fleet.context, admin, importRegistry, input)
    expect(confirmed.plan.skip).toEqual([{ list: 'nodes', index: 2, id: 'far', why: 'jump-chain' }])
    const { outcome, data } = await runOperation(fleet.context, admin, importRegistry, input, { confirmed })
    expect({ outcome, skipped: data.skipped }).toEqual({ outcome: 'done', skipped: 1 })
    expect(fleet.context.registry.get('web2')).toMatchObject({
      host: 'web2.internal',
      sshPort: 2222,
      sshUser: 'ops',
      gatewayPort: 18_789,
      jump: { host: 'bastion.example.net', port: 22, user: 'jump', hostKeys: [] },
    })
  })
})
