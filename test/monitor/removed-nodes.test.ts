import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createContext, type OwnedContext } from '../../src/create-context.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { newNode } from '../registry/support.ts'
import { settingsFor } from '../store/records.ts'
import { keepLog } from '../support/log-keeper.ts'
import { healthySnapshot } from '../support/snapshots.ts'

let folder: string
let bot: OwnedContext
const open = () =>
  createContext(loadConfig(settingsFor(folder), { discord: 'optional' }), { log: keepLog(), ssh: 'none' })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-removed-'))
  bot = await open()
  await bot.context.registry.addMany(['alpha', 'beta'].map((id) => newNode(id)))
  for (const nodeId of ['alpha', 'beta']) {
    bot.context.snapshots.set(healthySnapshot({ nodeId }))
    bot.histories.observe(healthySnapshot({ nodeId }))
  }
})
afterEach(async () => {
  await bot.close()
  await rm(folder, { recursive: true })
})

describe('the memory of a bot', () => {
  it.each([
    ['is removed', (other: OwnedContext) => other.context.registry.remove('alpha')],
    [
      'is retired',
      (other: OwnedContext) =>
        other.context.registry.update('alpha', (node) => ({ ...node, state: 'retired' as const })),
    ],
  ])('holds nothing of a node that %s by another process', async (_how, change) => {
    expect(bot.histories.sessions).toBe(2)
    const other = await open()
    await change(other)
    await other.close()
    await vi.waitFor(() => expect(bot.histories.sessions).toBe(1), 5_000)
    expect(bot.context.snapshots.get('alpha')).toBeUndefined()
    expect(bot.context.snapshots.get('beta')).toBeDefined()
  })

  it('has the curves of a node again that is in use again', async () => {
    await bot.histories.save(true)
    await bot.context.registry.remove('alpha')
    expect(bot.histories.sessions).toBe(1)
    await bot.context.registry.add(newNode('alpha'))
    expect(bot.histories.get('alpha', 'agent:main:main')?.points).toHaveLength(1)
  })
})
