import { randomBytes } from 'node:crypto'
import { openBackupStore } from '../../src/backup/backup-store.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ABOUT, silentLog, tarFrom } from './store-kit.ts'

/** Takes one backup after the other and tells the id of each, until somebody ends it. */
const store = await openBackupStore(process.argv[2] ?? '', {
  clock: systemClock,
  log: silentLog,
  diskFloor: 0,
})
for (;;) {
  const files = Array.from({ length: 20 }, (_, at) => ({ path: `f${at}`, content: randomBytes(20_000) }))
  const { id } = await store.receive('one', ABOUT, tarFrom(files))
  process.stdout.write(`${id}\n`)
}
