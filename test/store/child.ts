import { setTimeout as pause } from 'node:timers/promises'
import { createContext } from '../../src/create-context.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { checkpoint } from '../../src/store/checkpoint.ts'
import { auditEntry, count, halves, settingsFor, signalsOf } from './records.ts'

/**
 * A process of its own that opens the data folder as ocm does: `child.ts FOLDER WORK PREFIX COUNT`. It prints `ready` once
 * everything is open, and then a line for each write that it was told is on the disk.
 */
const [folder = '', work = '', prefix = '', most = '0'] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)
const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }
const open = () =>
  createContext(loadConfig(settingsFor(folder), { discord: 'optional' }), { log, ssh: 'none' })
type Owned = Awaited<ReturnType<typeof open>>

const add = ({ store }: Owned) => store.transaction((tx) => tx.put(count, 'n', (tx.get(count, 'n') ?? 0) + 1))

/** Two records in each transaction: one without the other would be half of it. */
async function pairs({ store }: Owned): Promise<void> {
  for (let index = 0; index < Number(most); index++) {
    const key = `${prefix}-${index}`
    const text = key.repeat(1 + ((index * 97) % 900))
    await store.transaction((tx) => {
      tx.put(halves, `${key}/1`, text)
      tx.put(halves, `${key}/2`, text)
    })
    say(key)
  }
}

const works: Record<string, (owned: Owned) => Promise<void>> = {
  open: async () => undefined,
  pairs,
  /** Also with the log being written back all the time, as it is when it has grown. */
  'pairs-and-checkpoints': async (owned) => {
    const path = `${folder}/ocm.db`
    let ended = false
    const shortening = (async () => {
      while (!ended) {
        await checkpoint(path)
        await pause(1)
      }
    })()
    await pairs(owned)
    ended = true
    await shortening
  },
  /** Every write that fails is said with its code. */
  'until-full': async (owned) => {
    await pairs(owned).catch((error: { code?: string }) => say(`failed ${error.code}`))
  },
  /** What a bot does all the time. */
  bot: async (owned) => {
    for (let index = 0; index < Number(most); index++) {
      await owned.context.incidents.apply({ kind: 'signals', signals: signalsOf(index) })
      await add(owned)
      await owned.histories.save(true)
      say(`${prefix}-${index}`)
    }
  },
}

if (work === 'commands') {
  say('ready')
  // What somebody at a shell does: open everything, do one thing, close.
  for (let index = 0; index < Number(most); index++) {
    const owned = await open()
    await owned.context.audit.append(auditEntry(`${prefix}-${index}`))
    await add(owned)
    say(`${prefix}-${index}`)
    await owned.close()
  }
} else {
  const owned = await open()
  say('ready')
  await works[work]?.(owned)
  await owned.close()
}
