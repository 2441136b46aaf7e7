import { randomBytes } from 'node:crypto'
import type { BackupStore } from '../../src/backup/backup-store.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { type CopiedOut, copyOut } from '../../src/offsite/copy-out.ts'
import type { Asking } from '../../src/offsite/look.ts'
import { Pace } from '../../src/offsite/pace.ts'
import { openS3Target } from '../../src/offsite/s3/s3-target.ts'
import { ABOUT, database, type Part, tarFrom } from '../backup/store-kit.ts'
import type { S3Server } from '../support/s3-server.ts'

/** A clock that does not wait before something is tried again. */
export const hastyClock: Clock = { ...systemClock, sleep: async (_ms, signal) => signal?.throwIfAborted() }

export const STORE = '0123456789abcdef'

/** A target on the server, as ocm asks it. */
export function askingOf(
  { endpoint, keys }: S3Server,
  {
    signal = new AbortController().signal,
    silenceMs = 10_000,
    longestMs = 60_000,
    region = 'us-east-1',
    bucket = 'backups',
    secret = keys.secretAccessKey,
    accessKeyId = keys.accessKeyId,
  }: {
    signal?: AbortSignal
    silenceMs?: number
    longestMs?: number
    region?: string
    bucket?: string
    secret?: string
    accessKeyId?: string
  } = {},
): Asking {
  const place = { bucket, prefix: 'team/ocm', region, endpoint, pathStyle: true }
  const target = openS3Target(
    place,
    { accessKeyId, secretAccessKey: secret },
    { clock: hastyClock, silenceMs, longestMs },
  )
  return { target, pace: new Pace(systemClock, null), signal }
}

/** Content that makes packs and single objects: a database, many small files, one large. */
export async function someParts(more: readonly Part[] = []): Promise<Part[]> {
  return [
    { path: 'agents/main/agent/openclaw-agent.sqlite', content: await database('main', 500) },
    { path: 'openclaw.json', content: '{}' },
    { path: 'workspace/noise.bin', content: randomBytes(1_500_000) },
    ...Array.from({ length: 40 }, (_, at) => ({ path: `workspace/${at}`, content: `file ${at}` })),
    ...more,
  ]
}

/** A backup of node `one`. */
export async function backedUp(store: BackupStore, parts: readonly Part[]): Promise<string> {
  return (await store.receive('one', ABOUT, tarFrom(parts))).id
}

export async function copyOf(
  store: BackupStore,
  asking: Asking,
  id: string,
  { readBack = false }: { readBack?: boolean } = {},
): Promise<CopiedOut> {
  return await store.files(id, (owner, paths) =>
    copyOut(
      asking,
      { root: store.root, store: STORE, owner, id, paths, databases: undefined },
      { readBack, now: () => Date.now(), onProgress() {} },
    ),
  )
}
