import { z } from 'zod'
import { machineSchema } from '../machine-program.ts'

const count = z.number().int().min(0)
const words = z.string().max(4_096)
const listed = z.strictObject({ count, names: z.array(words).max(50) })

const databaseSchema = z.strictObject({
  path: words,
  /** Whether it is OpenClaw's; else it lies in a workspace outside the state directory. */
  own: z.boolean(),
  tables: count.nullable(),
  userVersion: z.number().int().nullable(),
  /** Whose it says it is: `schema_meta` of OpenClaw's own databases. */
  role: words.nullable(),
  agentId: words.nullable(),
  bytes: count,
  /** Why it could not be copied; then its files went into the archive as they lay there, which proves nothing. */
  error: z.string().max(200).nullable(),
  /** It is as it was, and was not opened: what is known of it is what the earlier backup knows. */
  same: z.literal(true).optional(),
})

const factsSchema = z.strictObject({
  version: z.literal(1),
  home: words,
  /** The state directory where it really lies. */
  state: words,
  roots: z
    .array(
      z.strictObject({
        /** `missing`: not there. `refused`: it holds the home or the state directory, or is no place of files. */
        kind: z.enum([
          'state',
          'workspace',
          'agent',
          'credentials',
          'config',
          'linked',
          'missing',
          'refused',
        ]),
        path: words,
        real: words,
      }),
    )
    .max(1_000),
  /** Entries of the archive: files, folders, links. */
  entries: count,
  /** Content of all files in the archive; it is larger by its headers. */
  bytes: count,
  /** Files that are as they were, and not in the archive. */
  same: z.strictObject({ files: count, bytes: count }),
  databases: z.array(databaseSchema).max(10_000),
  /** Sockets, pipes and devices, which no archive can hold. */
  special: listed,
  /** Listed and then no longer there. */
  gone: listed,
  /** A sessions.json that changed at every look. */
  unsteady: listed,
  /** What find complained of: folders that may not be read. */
  unread: listed,
  nodeVersion: words,
  platform: words,
  machine: machineSchema,
  uid: count,
})
/** What a node tells of a backup before its first byte. From the node: names are untrusted. */
export type BackupFacts = z.infer<typeof factsSchema>
/** One database of a node as it was copied. */
export type CopiedDatabase = z.infer<typeof databaseSchema>

const endSchema = z.strictObject({ tar: count, left: z.enum(['yes', 'no']) })

/** How the archive was made. */
export interface BackupEnd {
  /** Files that were written to while they were read: their content is of more than one moment. */
  changed: string[]
  /** Files that could not be read, or were gone by then. */
  unreadable: string[]
  /** Other complaints of tar. */
  other: string[]
  /** The node could not remove its copies; the next run will. */
  copiesLeft: boolean
}

/** Reads the line of facts; null when it is none. */
export function parseFacts(line: string): BackupFacts | null {
  const parsed = line.startsWith('facts ') ? factsSchema.safeParse(parseJson(line.slice(6))) : null
  return parsed?.success ? parsed.data : null
}

/** Reads what comes behind the archive; null when it is not whole, or when tar ended in a way that proves nothing. */
export function parseEnd(text: string, marker: string): BackupEnd | null {
  const close = `\nocm-backup-end ${marker}>>\n`
  if (!text.startsWith('end ') || !text.endsWith(close)) return null
  const [first = '', ...lines] = text.slice(4, -close.length).split('\n')
  const parsed = endSchema.safeParse(parseJson(first))
  // 1: something changed while it was read. 2: something could not be read. Anything else is no ending of tar.
  if (!parsed.success || parsed.data.tar > 2) return null
  const end: BackupEnd = { changed: [], unreadable: [], other: [], copiesLeft: parsed.data.left === 'yes' }
  for (const line of lines) sort(line, end)
  return end
}

/** GNU tar's words in the C locale (1.26 to 1.35). */
function sort(line: string, end: BackupEnd): void {
  const complaint = /^tar: (?:\.\/)?(.*?): (?:Warning: )?(.*)$/.exec(line)
  const name = complaint?.[1] ?? ''
  const what = complaint?.[2] ?? ''
  if (/file changed as we read it|File shrank by/.test(what)) end.changed.push(`/${name}`)
  else if (/^Cannot (?:open|stat|read|readlink)|File removed before we read it|Read error/.test(what))
    end.unreadable.push(`/${name}`)
  else if (line !== '' && !/^tar: Exiting with failure status/.test(line)) end.other.push(line.slice(0, 500))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
