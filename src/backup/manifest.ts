import { createHash } from 'node:crypto'
import { z } from 'zod'

/** The layout of a manifest; a newer one is never guessed at. */
const VERSION = 1

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)
const bytesSchema = z.int().min(0)
const countSchema = z.int().min(0)
const nameSchema = z.string().max(4_096)
/** How many there are, and the first of them by name. */
const listedSchema = z.strictObject({ count: countSchema, names: z.array(nameSchema).max(50) })

/** The id of a backup: when it began, in UTC, and six random letters; sorts by time. */
export const backupIdSchema = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{6}$/)

/** A file as it is kept: the pieces that make it up, in order. */
const contentSchema = z.strictObject({
  size: bytesSchema,
  /** Of the whole content. */
  sha256: sha256Schema,
  /** Size of every piece but the last. */
  pieceSize: z.int().min(1),
  /** SHA-256 of each piece; the object that holds it has that name. */
  pieces: z.array(sha256Schema),
})

const entryBase = {
  /** Relative to `/`, as it lies on the node. */
  path: z.string().min(1).max(4_096),
  /** Permission bits, decimal. */
  mode: z.int().min(0).max(0o7777),
  /** Seconds since the epoch. */
  mtime: z.number(),
}

/** One line of the list of a backup. */
export const entrySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('file'),
    ...entryBase,
    ...contentSchema.shape,
    database: z.boolean(),
    /** What the node said to recognise it by; absent where it said nothing. */
    mark: z.string().max(16).optional(),
  }),
  z.strictObject({ kind: z.literal('folder'), ...entryBase }),
  z.strictObject({
    kind: z.literal('link'),
    ...entryBase,
    target: z.string().min(1).max(4_096),
    /** Whether it points out of what was backed up. Nothing is ever read or written through it. */
    outside: z.boolean(),
  }),
])

/** A database as the node copied it. */
const databaseSchema = z.strictObject({
  /** Absolute, on the node. */
  path: nameSchema,
  /** Whether it is OpenClaw's own; only those must have an owner. */
  own: z.boolean(),
  userVersion: z.int().nullable(),
  agentId: nameSchema.nullable(),
  /** Why it could not be copied as one moment; then the file is as it lay there. */
  error: z.string().max(200).nullable(),
})

/** At most so many conversations of one agent are told apart; beyond that their number has to do. */
export const MOST_SESSION_IDS = 2_000

/** The machine that it was; text from the node is untrusted. */
const machineSchema = z.strictObject({
  hostname: z.string().max(255),
  /** SHA-256 of its machine id; null where it has none. */
  idHash: sha256Schema.nullable(),
  /** Fingerprints of its pinned host keys. */
  hostKeys: z.array(z.string().max(200)).max(100),
})

const agentSchema = z.strictObject({
  id: z.string().max(200),
  /** Absolute, on the node; null when that was not told. */
  workspace: nameSchema.nullable(),
  /** How many sessions it had; null when that was not read. */
  sessions: countSchema.nullable(),
  /** The ids of their conversations; absent when they were not read or are too many, and from backups made before they were recorded. */
  sessionIds: z.array(z.string().max(200)).max(MOST_SESSION_IDS).optional(),
})

/** What whoever makes a backup knows of it before its first byte. Text from the node is untrusted. */
export const aboutSchema = z.strictObject({
  /** `stream`: databases copied by the node's Node.js, then tar. `openclaw`: its own `backup create`. */
  method: z.enum(['stream', 'openclaw']),
  /** Why it was made. */
  reason: z.enum(['asked', 'scheduled', 'before-update', 'before-restore', 'before-move', 'before-removal']),
  operationId: z.string().max(100).nullable(),
  /** Versions of OpenClaw and Node.js on the node; null when they were not read. */
  openclawVersion: z.string().max(100).nullable(),
  nodeVersion: z.string().max(100).nullable(),
  platform: z.string().max(100).nullable(),
  /** Absent from backups that were made before it was recorded. */
  machine: machineSchema.optional(),
  /** The login's home, absolute. */
  home: nameSchema,
  /** The state directory where it really lies, absolute. */
  state: nameSchema,
  /** Everything that was taken, `state` included, absolute and without links. An entry elsewhere is refused. */
  roots: z.array(z.strictObject({ kind: z.string().max(40), path: nameSchema, real: nameSchema })).max(1_000),
  databases: z.array(databaseSchema).max(10_000),
  /** Null when the agents were not read. */
  agents: z.array(agentSchema).max(1_000).nullable(),
  /** The agent that it is of, where it is of that alone; absent from backups of whole nodes. */
  agent: z.string().min(1).max(64).optional(),
  /** What the node could not give: sockets, folders that may not be read, files that vanished. */
  notTaken: z.record(z.string().max(40), listedSchema),
})

/** What is known only once the last byte came. */
export const endingSchema = z.strictObject({
  /** Files that were written to while they were read. */
  changed: listedSchema,
  /** Files that were listed and could not be read. */
  unreadable: listedSchema,
})

export const manifestSchema = z.strictObject({
  version: z.literal(VERSION),
  id: backupIdSchema,
  /** Of one agent: see `agentOwner`. */
  node: z.string().min(1).max(130),
  /** Epoch milliseconds: when it began, and when all of it was on the disk. */
  startedAt: z.number(),
  finishedAt: z.number(),
  about: aboutSchema,
  ending: endingSchema,
  files: countSchema,
  folders: countSchema,
  links: countSchema,
  /** Links that point out of what was backed up. */
  outsideLinks: countSchema,
  /** Entries whose names no list can hold: line breaks, control characters, bytes that are no UTF-8. */
  leftOut: listedSchema,
  /** Content of all files together; then what of it no earlier backup had, and what that takes on the disk. */
  bytes: bytesSchema,
  newBytes: bytesSchema,
  storedBytes: bytesSchema,
  /** Epoch milliseconds at which all of the node was last read; absent from backups made before files were recognised. */
  readWholeAt: z.number().optional(),
  /** The list of entries, one JSON a line, kept like a file. */
  list: contentSchema,
  /** What the node told of its agents besides their files, as JSON, kept like a file; absent where nothing was asked. */
  told: contentSchema.optional(),
})

/** What databases were found to be when they were opened; `path` is absolute. */
export const openedSchema = z.array(
  z.strictObject({
    path: nameSchema,
    userVersion: z.int(),
    agentId: z.string().nullable(),
    tables: countSchema,
  }),
)

/** How a look at everything that a backup needs ended. */
export const checkSchema = z.strictObject({
  version: z.literal(VERSION),
  id: backupIdSchema,
  /** Epoch milliseconds. */
  at: z.number(),
  /** Epoch milliseconds since which all of its content has been read; absent where that was at `at`. */
  readSince: z.number().optional(),
  /** Sealed content was compared as it lies on the disk: no private key was there to decrypt it. */
  ciphertextOnly: z.literal(true).optional(),
  ok: z.boolean(),
  problems: z.array(
    z.strictObject({
      /** What is wrong; see {@link PROBLEMS}. */
      code: z.string().max(40),
      /** The file on the node, or the object; null for the backup as a whole. */
      subject: nameSchema.nullable(),
    }),
  ),
  /** How many there are; `problems` names the first. */
  problemCount: countSchema,
  databases: openedSchema,
})

/** Why OpenClaw could not be asked, or gave no answer. */
export const UNVALIDATED = [
  'no-such-node',
  'of-one-bot',
  'no-config',
  'too-large',
  'no-openclaw',
  'older-openclaw',
  'no-check',
  'not-reached',
  'no-room',
  'no-answer',
] as const

/** What OpenClaw itself said of a backup, in a scratch folder on a node. */
const validationSchema = z.strictObject({
  /** Where it was asked, and which version. */
  node: z.string().min(1).max(130),
  version: z.string().max(100).nullable(),
  verdict: z.enum(['passed', 'failed', 'unknown']),
  /** Null unless it is unknown. */
  why: z.enum(UNVALIDATED).nullable(),
  /** Whether it judged the configuration, and how many of OpenClaw's own databases of how many. */
  config: z.boolean(),
  databases: countSchema,
  databasesThere: countSchema,
})

/** How a trial to restore a backup ended. */
export const drillSchema = z.strictObject({
  version: z.literal(VERSION),
  id: backupIdSchema,
  /** Epoch milliseconds. */
  at: z.number(),
  ok: z.boolean(),
  problems: checkSchema.shape.problems,
  problemCount: countSchema,
  /** What was written out, and the databases that were opened. */
  files: countSchema,
  bytes: bytesSchema,
  databases: countSchema,
  /** Absent where ocm alone judged. */
  openclaw: validationSchema.optional(),
})

/** What can be wrong with a backup. */
export const PROBLEMS = [
  'manifest-damaged',
  'list-damaged',
  'list-incomplete',
  'object-missing',
  'object-damaged',
  'file-damaged',
  'database-unreadable',
  'database-damaged',
  'database-empty',
  'database-wrong-owner',
  'database-not-copied',
  'database-other-version',
  'archive-broken',
  'openclaw-refuses-config',
  'openclaw-refuses-database',
] as const
export type ProblemCode = (typeof PROBLEMS)[number]

export type Content = z.infer<typeof contentSchema>
export type Entry = z.infer<typeof entrySchema>
export type FileEntry = Extract<Entry, { kind: 'file' }>
export type BackupAbout = z.infer<typeof aboutSchema>
export type BackupEnding = z.infer<typeof endingSchema>
/** What one backup is. Written last: a backup without one does not exist. */
export type Manifest = z.infer<typeof manifestSchema>
export type BackupCheck = z.infer<typeof checkSchema>
export type BackupDrill = z.infer<typeof drillSchema>
export type Validation = z.infer<typeof validationSchema>

/** A manifest or a check that is not what was written. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord'
}

/** A record as text: its JSON in one line, and the SHA-256 of that line in the next. */
export function writeRecord(value: object): string {
  const line = JSON.stringify(value)
  return `${line}\n${createHash('sha256').update(line).digest('hex')}\n`
}

/**
 * Reads what {@link writeRecord} wrote. Every byte counts.
 * @throws DamagedRecord
 */
export function readRecord<T>(text: string, schema: z.ZodType<T>): T {
  const line = text.slice(0, text.indexOf('\n'))
  if (`${line}\n${createHash('sha256').update(line).digest('hex')}\n` !== text)
    throw new DamagedRecord('the checksum does not fit')
  const parsed = schema.safeParse(jsonIn(line))
  if (!parsed.success) throw new DamagedRecord(parsed.error.message)
  return parsed.data
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new DamagedRecord('it is no JSON', { cause: error })
  }
}

/** At most fifty of what there is, with the number of all. */
export function listed(names: readonly string[]): z.infer<typeof listedSchema> {
  return { count: names.length, names: names.slice(0, 50).map((name) => name.slice(0, 4_096)) }
}
