import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { openBackupStore } from '../../src/backup/backup-store.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ABOUT, bytesOf, silentLog, tarFrom } from './store-kit.ts'

/**
 * Takes one backup after the other and tells the id of each, until somebody ends it. With a second argument one that does not
 * end.
 */
const store = await openBackupStore(process.argv[2] ?? '', {
  clock: systemClock,
  log: silentLog,
  diskFloor: 0,
})
if (process.argv[3] !== undefined) await takeOneThatDoesNotEnd()
for (;;) {
  const files = Array.from({ length: 20 }, (_, at) => ({ path: `f${at}`, content: randomBytes(20_000) }))
  const { id } = await store.receive('one', ABOUT, tarFrom(files))
  process.stdout.write(`${id}\n`)
}

async function takeOneThatDoesNotEnd(): Promise<never> {
  const files = Array.from({ length: 2_000 }, (_, at) => ({ path: `f${at}`, content: randomBytes(20_000) }))
  const archive = await bytesOf(tarFrom(files))
  const told = files.map(({ path }, at) => ({
    path: `home/oc/.openclaw/${path}`,
    mark: `mark-${at}`.padEnd(16, '.'),
    same: false,
  }))
  const endless = Readable.from(
    (async function* () {
      for (let at = 0; at < archive.length - 1_024; at += 65_536)
        yield archive.subarray(at, Math.min(archive.length - 1_024, at + 65_536))
      await new Promise(() => setInterval(() => undefined, 1_000))
    })(),
    { objectMode: false },
  )
  await store.receive('one', ABOUT, endless, { told })
  throw new Error('it has ended')
}
