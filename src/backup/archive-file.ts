import { createHash } from 'node:crypto'
import { open, stat, unlink } from 'node:fs/promises'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ReadableStream } from 'node:stream/web'
import { createGzip } from 'node:zlib'
import { OperatorError } from '../base/errors.ts'

/** How an archive is to be written. */
export interface ArchiveOptions {
  signal: AbortSignal
  /** Public keys of age; none leaves the archive readable by everybody who gets it. */
  recipients: readonly string[]
  /** Bytes that the file may have at most; null is no limit. */
  maxBytes: number | null
  /** Bytes of content so far. */
  onProgress?: (bytes: number) => void
}

/** A file that was written, with what was written to it. */
export interface WrittenArchive {
  bytes: number
  /** SHA-256 of the file, in hex. */
  sha256: string
}

/**
 * Writes a plain tar to a new file as `tar.gz`, mode 0600; with recipients, encrypted as the format age-encryption.org/v1
 * says, so that the `age` program opens it without ocm. What cannot be finished leaves no file.
 * @throws OperatorError bad-recipient, archive-too-large {limit}; what reading `tar` or writing throws
 */
export async function writeArchive(
  tar: Readable,
  path: string,
  options: ArchiveOptions,
): Promise<WrittenArchive> {
  // It may break before the file is open; whoever reads it is told then.
  tar.on('error', () => undefined)
  try {
    return await write(tar, path, options)
  } finally {
    tar.destroy()
  }
}

async function write(
  tar: Readable,
  path: string,
  { recipients, maxBytes, signal, onProgress }: ArchiveOptions,
): Promise<WrittenArchive> {
  let content = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      content += chunk.length
      onProgress?.(content)
      done(null, chunk)
    },
  })
  const hash = createHash('sha256')
  let bytes = 0
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (maxBytes !== null && bytes > maxBytes) {
        done(new OperatorError('archive-too-large', { limit: maxBytes }))
        return
      }
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const sealed = recipients.length === 0 ? null : await encryption(recipients)
  const handle = await open(path, 'wx', 0o600)
  try {
    const file = handle.createWriteStream({ flush: true })
    if (sealed === null) await pipeline(tar, counted, createGzip(), measured, file, { signal })
    else await pipeline(tar, counted, createGzip(), sealed, measured, file, { signal })
    const { size } = await stat(path)
    if (size !== bytes) throw new Error(`the archive has ${size} bytes of ${bytes}`)
  } catch (error) {
    await unlink(path).catch(() => undefined)
    throw error
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** What turns a stream into one that only the holders of the private keys can read. @throws OperatorError bad-recipient */
async function encryption(recipients: readonly string[]) {
  // Its curves are of no use to a start that encrypts nothing.
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (error) {
      throw new OperatorError('bad-recipient', { recipient: recipient.slice(0, 80) }, { cause: error })
    }
  }
  return async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield* await encrypter.encrypt(ReadableStream.from(source))
  }
}
