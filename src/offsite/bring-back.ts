import { Readable } from 'node:stream'
import { type BroughtIn, CopyDamaged, type StoreFile } from '../backup/store-files.ts'
import { OperatorError } from '../base/errors.ts'
import {
  botCopiesPrefix,
  type CopyName,
  type CopyRecord,
  copyNameOf,
  fileKey,
  filesOfRecord,
} from './copy-record.ts'
import { type Asking, copiesThere, recordThere, torn } from './look.ts'
import { offsiteFailed, problemIn } from './target.ts'

/** How many ids are named where one was asked for that is not there. */
const NAMED = 5
/** How often what broke off is asked for. */
const ATTEMPTS = 4

/** A copy that was found there. */
export interface FoundCopy {
  name: CopyName
  files: StoreFile[]
  /** Bytes of all of it in the store. */
  bytes: number
  /** What its databases were when the copy was made, where that was known. */
  databases: CopyRecord['databases']
  /** Copies of the same node besides this one. */
  others: number
}

/**
 * The copy of a backup, by its id or as `latest`: of whichever store, for the machine that made it may be gone.
 * @throws OperatorError unknown-copy {backup, known}, offsite-failed
 */
export async function findCopy(asking: Asking, owner: string, wanted: string): Promise<FoundCopy> {
  const there = await copiesThere(asking, owner)
  const isIt = ({ id }: CopyName) => id === wanted
  const name = wanted === 'latest' ? there[0] : (there.find(isIt) ?? (await copyOfBot(asking, owner, isIt)))
  if (name === undefined) {
    const known = there.slice(0, NAMED).map(({ id }) => id)
    const named = known.length === 0 ? {} : { known: known.join(', ') }
    throw new OperatorError('unknown-copy', { backup: wanted.slice(0, 60), ...named })
  }
  const record = await recordThere(asking, name)
  const files = filesOfRecord(record)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const { databases } = record
  return { name, files, bytes, databases, others: there.filter(({ id }) => id !== name.id).length }
}

/** A copy of one bot of a node lies under a name of its own. */
async function copyOfBot(
  { target, signal }: Asking,
  node: string,
  isIt: (name: CopyName) => boolean,
): Promise<CopyName | undefined> {
  for await (const { key } of target.list(botCopiesPrefix(node), signal)) {
    const name = copyNameOf(key)
    if (name !== null && isIt(name)) return name
  }
  return undefined
}

/**
 * Brings the files of a copy to where `bringIn` puts them; an answer that breaks off is asked for again.
 * @throws OperatorError offsite-failed, cancelled, and what `bringIn` throws
 */
export async function bringBack(
  asking: Asking,
  { name, files }: FoundCopy,
  bringIn: (files: readonly StoreFile[], fetch: (file: StoreFile) => Promise<Readable>) => Promise<BroughtIn>,
  onProgress: (bytes: number) => void,
): Promise<BroughtIn> {
  const { target, signal } = asking
  const whole: BroughtIn = { files: 0, bytes: 0 }
  const fetch = async (file: StoreFile) => {
    const body = await target.get(fileKey(name.store, file.path), signal)
    if (body === null) throw offsiteFailed(target.name, 'missing', { detail: file.path })
    const counted = countedFrom(asking, body, (bytes) => {
      whole.bytes += bytes
      onProgress(whole.bytes)
    })
    return Readable.from(counted, { objectMode: false })
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      // What came before an answer broke off is here, and does not come again.
      const { files: came } = await bringIn(files, fetch)
      whole.files += came
      return whole
    } catch (error) {
      if (error instanceof CopyDamaged)
        throw offsiteFailed(target.name, 'damaged', { cause: error, detail: error.path })
      if (problemIn(error) !== 'torn' || attempt === ATTEMPTS) throw error
    }
  }
}

async function* countedFrom(
  asking: Asking,
  body: Readable,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      await asking.pace.take(chunk.length)
      onBytes(chunk.length)
      yield chunk
    }
  } catch (error) {
    torn(asking)(error)
  }
}
