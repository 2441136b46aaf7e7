import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AddStep, addNode } from '../../src/operations/add-node.ts'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'
import { archives } from './archives.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'

const KEY = 'sk-ant-api03-a-key-that-nobody-may-see'

let fleet: Fleet
let product: Product

beforeAll(async () => {
  const programs = await archives()
  fleet = await startFleet({ nodes: [{ name: 'bare', openclaw: null, diskMb: 4096 }] })
  product = await openProduct(fleet, [], { OCM_PROGRAM_SOURCE: programs, OCM_STATUS_DEADLINE_MS: '60000' })
  await mkdir(path.join(product.folder, 'secrets'))
  await writeFile(path.join(product.folder, 'secrets/ANTHROPIC_API_KEY'), KEY, { mode: 0o600 })
})

afterAll(async () => {
  await product?.close()
  await fleet?.stop()
})

/** Every path that a login can write to, with what it is; a folder's size tells nothing. */
async function files(): Promise<string[]> {
  const { stdout } = await fleet
    .node('bare')
    .root(
      `find /home /etc /root /opt /usr/local /var/lib/systemd/linger /tmp -xdev ! -path '/tmp/systemd-private-*' ! -path '/tmp/.X*' -printf '%p %y %m %u ' \\( -type d -printf '\\n' -o -printf '%s\\n' \\) 2>/dev/null | sort`,
    )
  return stdout.split('\n')
}

test('a machine with nothing but Debian becomes a serving node, or is as it was', async () => {
  const node = fleet.node('bare')
  // The machines of these tests let their user linger; a fresh Debian does not.
  await node.root('loginctl disable-linger oc')
  const before = await files()
  const input = { id: 'bare', host: `${node.login}@${node.host}`, secret: 'ANTHROPIC_API_KEY' }
  const told: string[] = []
  const tell = (step: AddStep) => {
    if (step.phase === 'ended')
      told.push(`${step.step} ${step.state} ${(step.tookMs / 1000).toFixed(1)} s: ${step.evidence}`)
  }

  // The login may not become root: the one step that needs it stops, and the rest is there.
  const stopped = await product.run(addNode, input, tell)
  console.log(told.join('\n'))
  expect(stopped.data.fault).toMatchObject({ step: 'linger', code: 'linger-denied' })
  const undone = await product.run(undoAddNode, { id: 'bare' })
  expect(undone.data).toMatchObject({ left: [], fault: null })
  expect(await files()).toEqual(before)

  await node.root('loginctl enable-linger oc')
  told.length = 0
  const startedAt = performance.now()
  const ended = await product.run(addNode, input, tell)
  console.log(`${told.join('\n')}\n${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  expect(ended.data.fault).toBeNull()
  expect(ended.outcome).toBe('done')
  expect(product.context.registry.get('bare').agents.map(({ id }) => id)).toEqual(['main'])
  const written = JSON.stringify([ended, product.log])
  expect(written).not.toContain(KEY)
  expect((await node.user('cat ~/.openclaw/.env')).stdout).toBe(`ANTHROPIC_API_KEY=${KEY}\n`)
}, 1_500_000)
