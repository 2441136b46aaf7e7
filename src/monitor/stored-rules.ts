import { z } from 'zod'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store, type StoredRecord, type Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'
import { type RuleOverride, type RulesFile, type RulesPort, rulesFileSchema } from './thresholds.ts'

/** One override a record, under its scope. `position` keeps their order, which decides between two tags. */
const overrides = defineCollection({
  name: 'rule',
  schema: z.strictObject({ position: z.int(), override: rulesFileSchema.shape.overrides.element }),
})
type Stored = z.infer<typeof overrides.schema>

/** The rules in the store, and their end. */
export interface StoredRules extends RulesPort {
  close(): Promise<void>
}

/** The operator's thresholds, in memory and in the store; a change by another process is seen within a second. */
export async function openRules(store: Store): Promise<StoredRules> {
  const mirror = await openMirror(store, overrides)
  const fromMemory = () => rulesOf([...mirror.entries()].map(([, value]) => value))
  let current = fromMemory()
  const unsubscribe = mirror.onChange(() => {
    current = fromMemory()
  })
  return {
    value: () => current,
    update: (change) => store.transaction((tx) => changeRules(tx, change)),
    async close() {
      unsubscribe()
      mirror.close()
    },
  }
}

/** The rules of the time before the store. */
export function formerRules(store: Store): FormerFile {
  return {
    name: 'rules.json',
    kind: 'file',
    store,
    writes: (text) => {
      const { overrides: former } = rulesFileSchema.parse(JSON.parse(text))
      return former.map((override, position) => (tx: Transaction) => {
        const key = keyOf(override)
        const before = tx.get(overrides, key)
        // Two of one scope could only be made by hand: what the later one says counts.
        const set = { ...before?.override.set, ...override.set }
        tx.put(overrides, key, { position, override: { ...override, set } })
      })
    },
  }
}

function changeRules(tx: Transaction, change: (rules: RulesFile) => RulesFile): RulesFile {
  const stored = tx.list(overrides)
  const before = rulesOf(stored.map(({ value }) => value))
  const after = rulesFileSchema.parse(change(before))
  const known = new Map(stored.map((record) => [record.key, record]))
  let last = -1
  for (const override of after.overrides) {
    const key = keyOf(override)
    last = putAt(tx, override, { known: known.get(key), after: last })
    known.delete(key)
  }
  for (const key of known.keys()) tx.delete(overrides, key)
  return after
}

/** Writes an override behind the one before it, and only when it is not there already. Returns its position. */
function putAt(
  tx: Transaction,
  override: RuleOverride,
  { known, after }: { known: StoredRecord<Stored> | undefined; after: number },
): number {
  const position = known && known.value.position > after ? known.value.position : after + 1
  const next = { position, override }
  if (JSON.stringify(known?.value) !== JSON.stringify(next)) tx.put(overrides, keyOf(override), next)
  return position
}

function rulesOf(stored: readonly Stored[]): RulesFile {
  const ordered = [...stored].sort((a, b) => a.position - b.position)
  return { version: 1, overrides: ordered.map(({ override }) => override) }
}

function keyOf({ scope }: RuleOverride): string {
  if ('fleet' in scope) return 'fleet'
  if ('tag' in scope) return `tag/${scope.tag}`
  return 'agent' in scope ? `agent/${scope.node}/${scope.agent}` : `node/${scope.node}`
}
