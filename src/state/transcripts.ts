import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { writeFileAtomic } from './atomic-file.ts'

/** Where the bot keeps what was said in a session before the session was changed. */
export interface TranscriptsPort {
  /** Writes one file (mode 0600) and resolves when it is on the disk. `name` is relative to the data folder. */
  save(transcript: {
    nodeId: string
    sessionKey: string
    at: number
    messages: readonly unknown[]
  }): Promise<{ name: string; bytes: number }>
}

/** Transcripts as JSON files below `folder`, one folder for each node. */
export function createTranscripts(options: { folder: string }): TranscriptsPort {
  return {
    async save({ nodeId, sessionKey, at, messages }) {
      const content = `${JSON.stringify({ nodeId, sessionKey, savedAt: new Date(at).toISOString(), messages }, null, 2)}\n`
      // A session key may hold anything; the hash keeps two keys that look alike as file names apart.
      const readable = sessionKey.replaceAll(/[^a-z0-9._-]+/gi, '_').slice(0, 80)
      const hash = createHash('sha256').update(sessionKey).digest('hex').slice(0, 8)
      const stamp = new Date(at).toISOString().replaceAll(':', '-')
      const name = join('transcripts', nodeId, `${readable}-${hash}-${stamp}.json`)
      await writeFileAtomic(join(options.folder, name), content)
      return { name, bytes: Buffer.byteLength(content) }
    },
  }
}
