import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formerRules, openRules } from '../../src/monitor/stored-rules.ts'
import type { RulesFile } from '../../src/monitor/thresholds.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { keepLog } from '../support/log-keeper.ts'

const fleet = { scope: { fleet: true as const }, set: { contextWarning: 70 } }
const tokyo = { scope: { tag: 'tokyo' }, set: { contextWarning: 75 } }
const test = { scope: { tag: 'test' }, set: { contextWarning: 85 } }
const agent = { scope: { node: 'a', agent: 'main' }, set: { diskWarning: 50 } }
let folder: string
let stores: Store[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-rules-'))
  stores = []
})
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await rm(folder, { recursive: true })
})

async function start() {
  const store = await openSqliteStore({ path: join(folder, 'ocm.db'), log: keepLog(), watchIntervalMs: 10 })
  stores.push(store)
  return { store, rules: await openRules(store) }
}
const become = (overrides: RulesFile['overrides']) => (rules: RulesFile) => ({ ...rules, overrides })

describe('the rules', () => {
  it('are none at first, and come back in their order whatever happened to it', async () => {
    const { rules } = await start()
    expect(rules.value()).toEqual({ version: 1, overrides: [] })
    for (const order of [
      [fleet, tokyo, test, agent],
      [test, fleet, tokyo],
      [tokyo, test, fleet],
      [agent, tokyo],
      [tokyo, agent, fleet],
    ]) {
      expect((await rules.update(become(order))).overrides).toEqual(order)
      expect(rules.value().overrides).toEqual(order)
      expect((await start()).rules.value().overrides).toEqual(order)
    }
  })

  it('are seen by another process', async () => {
    const [{ rules }, { rules: other }] = [await start(), await start()]
    await rules.update(become([fleet]))
    await vi.waitFor(() => expect(other.value().overrides).toEqual([fleet]))
  })

  it('stay as they were when a change is refused', async () => {
    const { rules } = await start()
    await rules.update(become([fleet]))
    await expect(
      rules.update(become([{ ...fleet, set: { contextWarning: 'x' as never } }])),
    ).rejects.toThrow()
    const no = new Error('no')
    await expect(
      rules.update(() => {
        throw no
      }),
    ).rejects.toBe(no)
    expect(rules.value().overrides).toEqual([fleet])
  })

  it('of an older ocm are taken over, two of one scope as the later one says', async () => {
    const { store, rules } = await start()
    const twice = { ...tokyo, set: { contextWarning: 60, diskWarning: 80 } }
    const file = JSON.stringify({ version: 1, overrides: [fleet, twice, test, tokyo] })
    const writes = formerRules(store).writes(file)
    await store.transaction((tx) => writes.forEach((write) => void write(tx)))
    const merged = { ...tokyo, set: { contextWarning: 75, diskWarning: 80 } }
    expect(rules.value().overrides).toEqual([fleet, test, merged])
  })
})
