import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerNode } from '../../src/operations/register-node.ts'
import { planOperation } from '../../src/operations/run-operation.ts'
import { describeHostKey } from '../../src/ssh/host-keys.ts'
import { haveSshd, type Sshd, startSshd } from '../ssh/rig.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

let fleet: Fleet
let sshd: Sshd

beforeAll(async () => {
  fleet = await startFleet([
    { id: 'theirs', name: 'Theirs', version: '2026.9.6', agents: [], tags: ['team-b'] },
  ])
  if (haveSshd) sshd = await startSshd([], { hostKeyTypes: ['ed25519', 'rsa', 'ecdsa'] })
})
afterAll(async () => {
  sshd?.stop()
  await fleet.close()
})

describe.skipIf(!haveSshd)('a machine with host keys of several types', () => {
  const input = () => ({
    id: 'mine',
    host: '127.0.0.1',
    sshPort: sshd.port,
    sshUser: 'ops',
    tags: ['team-a'],
  })
  const plan = (tags: string[] | null) =>
    planOperation(fleet.context, actor('admin', tags), registerNode, input())
  /** Pins one of the machine's keys for the other team's node. */
  async function pin(index: number): Promise<string> {
    const { type = '', key = '' } = sshd.hostKeys[index] ?? {}
    const { fingerprint } = describeHostKey(Buffer.from(key, 'base64'))
    const approved = { type, key, fingerprint, approvedAt: new Date().toISOString(), approvedBy: 'someone' }
    await fleet.context.registry.update('theirs', (node) => ({ ...node, hostKeys: [approved] }))
    return fingerprint
  }

  test('is the same machine by whichever key it is pinned for somebody else', async () => {
    for (const index of [0, 1, 2]) {
      const fingerprint = await pin(index)
      await expect(plan(['team-a']), String(index)).rejects.toMatchObject({
        code: 'host-key-taken',
        params: { fingerprint },
      })
    }
  })

  test('may be registered by who is an admin of both', async () => {
    await pin(1)
    expect((await plan(null)).plan.hostKey.type).toBe('ssh-ed25519')
  })

  test('is another one where none of its keys is pinned', async () => {
    const other = fleet.node('theirs').hostPublicKey.split(' ')
    const { fingerprint } = fleet.node('theirs')
    const approvedAt = new Date().toISOString()
    const [type = '', key = ''] = other
    await fleet.context.registry.update('theirs', (node) => ({
      ...node,
      hostKeys: [{ type, key, fingerprint, approvedAt, approvedBy: 'someone' }],
    }))
    expect((await plan(['team-a'])).plan.known).toBe('new')
  })
})
