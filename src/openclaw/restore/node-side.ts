import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import { sh } from '../../ssh/shell-quote.ts'
import { endedWell } from '../ended-well.ts'
import { machineSchema } from '../machine-program.ts'
import type { NodeLink } from '../ports.ts'
import { RESTORE_PROGRAM } from './program.ts'
import { RESTORE_SCRIPT } from './script.ts'

/** One folder or file that is restored. Absolute paths on the node. */
export interface RestorePlace {
  real: string
  /** Where it lay on the machine of the backup; absent where that is the same. */
  origin?: string
  /** What is to take its place. */
  staged: string
  /** The name that the present state gets; null where there is none. */
  aside: string | null
  /** The name of what is neither the old state nor the backup, should there be any; it is never removed. */
  kept: string
}

/** How far a swap has come: see {@link RESTORE_PROGRAM}. `lost`: a place has neither its old nor its new state. */
export type Told = z.infer<typeof toldSchema>['told']

/** Why a place cannot be replaced. */
export const PLACE_PROBLEMS = ['no-place', 'mount-point', 'other-owner', 'not-writable'] as const

const path = z.string().max(4_096)
const count = z.int().min(0)
const toldSchema = z.object({
  told: z.enum(['untouched', 'between', 'swapped', 'lost']),
  fault: z.string().max(400).nullable(),
})
const lookSchema = z.object({
  home: path,
  state: path.nullable(),
  machine: machineSchema,
  gnuTar: z.boolean(),
  places: z.array(
    z.object({
      real: path,
      problem: z.enum(PLACE_PROBLEMS).nullable(),
      present: z.boolean(),
      bytes: count,
      device: z.number(),
      free: z.number().nullable(),
    }),
  ),
  databases: z.object({ state: z.int().nullable(), agent: z.int().nullable() }),
  leftovers: z.array(z.object({ folder: path, told: toldSchema.shape.told })).max(100),
})
const checkSchema = z.object({
  entries: count,
  there: count,
  bytes: count,
  problems: z.array(z.object({ path, what: z.string().max(40) })),
  problemCount: count,
})
const quietSchema = z.object({ listening: z.boolean(), lives: z.boolean(), holders: z.array(z.int()) })
const leftSchema = z.array(z.object({ path, bytes: count }))
const cleanedSchema = z.object({ asides: leftSchema, kept: leftSchema })

/** What is on a node before a restore; untrusted. */
export type RestoreLook = z.infer<typeof lookSchema>
/** How what was staged compares with the backup. */
export type StagedCheck = z.infer<typeof checkSchema>

/** What stays on the node after a run: the state from before, and what is neither that nor the backup. */
export type Cleaned = z.infer<typeof cleanedSchema>

/** One entry that must have been staged: kind, path below the place ('' is the place itself), mode, hash or target, size. */
export type ExpectedEntry =
  | readonly ['file', string, number, string, number]
  | readonly ['folder', string, number]
  | readonly ['link', string, number, string]

/** The node's side of a restore. Every call may be repeated; each throws what {@link NodeLink.exec} throws. */
export interface RestoreSide {
  look(request: { state: string; places: readonly string[] }, limits: CallLimits): Promise<RestoreLook>
  stage(request: { backup: string; places: readonly RestorePlace[] }, limits: CallLimits): Promise<void>
  unpack(place: RestorePlace, tar: Readable, limits: CallLimits): Promise<void>
  check(place: RestorePlace, entries: AsyncIterable<ExpectedEntry>, limits: CallLimits): Promise<StagedCheck>
  swap(limits: CallLimits): Promise<z.infer<typeof toldSchema>>
  back(limits: CallLimits): Promise<z.infer<typeof toldSchema>>
  quiet(
    request: { port: number | null; pid: number | null; places: readonly string[] },
    limits: CallLimits,
  ): Promise<z.infer<typeof quietSchema>>
  places(folders: readonly string[], limits: CallLimits): Promise<readonly string[]>
  /** Removes what the run brought, unless somebody wrote to it, and tells what stays. */
  clean(limits: CallLimits): Promise<Cleaned>
}

/** @param options.folder where the journal of the run lies; options.nodeBinary null looks Node.js up in PATH */
export function restoreSide(
  link: NodeLink,
  { folder, nodeBinary }: { folder: string; nodeBinary: string | null },
): RestoreSide {
  async function ask<T>(
    verb: string,
    request: object,
    schema: z.ZodType<T>,
    limits: CallLimits,
    data?: AsyncIterable<Buffer>,
  ): Promise<T> {
    const marker = randomUUID()
    const words = [marker, nodeBinary ?? '', RESTORE_PROGRAM, verb]
    const command = sh`exec sh -c ${RESTORE_SCRIPT.text} ocm-restore ${words}`
    const head = `${JSON.stringify({ folder, ...request })}\n`
    const result =
      data === undefined
        ? await link.exec(command, { ...limits, stdin: head })
        : await link.upload(command, Readable.from(headed(head, data), { objectMode: false }), limits)
    const node = link.nodeId
    endedWell(node, result)
    const answer = between(result.stdout, `<<ocm-restore ${marker}\n`, `\nocm-restore ${marker}>>`)
    // A command that ended well and said nothing was ended by something else.
    if (answer === null) throw new OperatorError('connection-lost', { node })
    return parse(answer, schema, node)
  }

  return {
    look: (request, limits) => ask('look', request, lookSchema, limits),
    async stage(request, limits) {
      await ask('stage', request, z.object({ made: z.literal(true) }), limits)
    },
    async unpack(place, tar, limits) {
      await ask('unpack', { place }, z.object({ unpacked: z.literal(true) }), limits, tar)
    },
    check: (place, entries, limits) => ask('check', { place }, checkSchema, limits, linesOf(entries)),
    swap: (limits) => ask('swap', {}, toldSchema, limits),
    back: (limits) => ask('back', {}, toldSchema, limits),
    quiet: (request, limits) => ask('quiet', request, quietSchema, limits),
    async places(folders, limits) {
      return (await ask('places', { folders }, z.object({ unusable: z.array(path) }), limits)).unusable
    },
    clean: (limits) => ask('clean', {}, cleanedSchema, limits),
  }
}

function parse<T>(text: string, schema: z.ZodType<T>, node: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new OperatorError('connection-lost', { node }, { cause: error })
  }
}

function between(text: string, open: string, close: string): string | null {
  const start = text.indexOf(open)
  const end = text.indexOf(close, start)
  return start === -1 || end === -1 ? null : text.slice(start + open.length, end)
}

async function* headed(head: string, data: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(head)
  yield* data
}

const LINES_AT_ONCE = 64 * 1024

async function* linesOf(entries: AsyncIterable<ExpectedEntry>): AsyncGenerator<Buffer> {
  let text = ''
  for await (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`
    if (text.length < LINES_AT_ONCE) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(`${text}end\n`)
}
