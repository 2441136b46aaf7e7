import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type KeptLog, keepLog } from './log-keeper.ts'

type Options = Partial<Parameters<typeof openSqliteStore>[0]>

/** A folder of its own with stores in it that are closed, and the folder removed, at the end. */
export interface StoreFolder {
  folder: string
  log: KeptLog
  /** Opens one file, as another process would each time. */
  open(name?: string, options?: Options): Promise<Store>
  remove(): Promise<void>
}

export async function storeFolder(): Promise<StoreFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'ocm-store-'))
  const log = keepLog()
  const opened: Store[] = []
  return {
    folder,
    log,
    async open(name = 'ocm.db', options = {}) {
      const store = await openSqliteStore({ path: join(folder, name), log, watchIntervalMs: 10, ...options })
      opened.push(store)
      return store
    },
    async remove() {
      await Promise.all(opened.splice(0).map((store) => store.close()))
      await rm(folder, { recursive: true })
    },
  }
}
