import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import { sh } from '../../ssh/shell-quote.ts'
import { endedWell } from '../ended-well.ts'
import type { NodeLink } from '../ports.ts'
import { RESTORE_SCRIPT } from '../restore/script.ts'
import { DECOMMISSION_PROGRAM } from './program.ts'

/** Why something may not be deleted. */
export const GUARDS = [
  'no-place',
  'link',
  'home',
  'mount-point',
  'other-owner',
  'not-writable',
  'not-openclaw',
] as const
export type Guard = (typeof GUARDS)[number]

const path = z.string().min(1).max(4_096)
const id = z.string().regex(/^\d+:\d+$/)
const kind = z.enum(['state', 'unit', 'cache'])
const guard = z.enum(GUARDS)

/** Something of OpenClaw's own that is to go. Absolute paths; `id` is its device and inode. */
export const itemSchema = z.strictObject({ kind, real: path, aside: path, id })
export type DecommissionItem = z.infer<typeof itemSchema>

const lookSchema = z.object({
  home: path,
  items: z.array(z.object({ kind, real: path, id, bytes: z.int().min(0) })).max(10),
  problems: z.array(z.object({ path, problem: guard })).max(10),
  stays: z.array(path).max(200),
})
const toldSchema = z.object({
  told: z
    .array(
      z.object({
        real: path,
        stand: z.enum(['there', 'renamed', 'anew', 'gone', 'other', 'changed', 'refused']),
        problem: guard.nullable(),
      }),
    )
    .max(10),
})

/** What is on a node before it is decommissioned; untrusted. */
export type DecommissionLook = z.infer<typeof lookSchema>
/** How each item stands after a step. */
export type ItemStands = z.infer<typeof toldSchema>['told']

/** The node's side of a decommission. Every call may be repeated; each throws what {@link NodeLink.exec} throws. */
export interface DecommissionSide {
  look(
    request: { state: string; unit: string; places: readonly string[] },
    limits: CallLimits,
  ): Promise<DecommissionLook>
  rename(items: readonly DecommissionItem[], limits: CallLimits): Promise<ItemStands>
  remove(items: readonly DecommissionItem[], limits: CallLimits): Promise<ItemStands>
}

/** @param nodeBinary the node's own Node.js; null looks it up in PATH */
export function decommissionSide(link: NodeLink, nodeBinary: string | null): DecommissionSide {
  async function ask<T>(verb: string, request: object, schema: z.ZodType<T>, limits: CallLimits): Promise<T> {
    const marker = randomUUID()
    const words = [marker, nodeBinary ?? '', DECOMMISSION_PROGRAM, verb]
    const command = sh`exec sh -c ${RESTORE_SCRIPT.text} ocm-decommission ${words}`
    const result = await link.exec(command, {
      ...limits,
      stdin: `${JSON.stringify(request)}\n`,
    })
    const node = link.nodeId
    endedWell(node, result)
    const [, rest] = result.stdout.split(`<<ocm-decommission ${marker}\n`)
    const [answer, end] = rest?.split(`\nocm-decommission ${marker}>>`) ?? []
    try {
      // A command that ended well and said nothing was ended by something else.
      if (answer === undefined || end === undefined) throw new Error('no answer')
      return schema.parse(JSON.parse(answer))
    } catch (error) {
      throw new OperatorError('connection-lost', { node }, { cause: error })
    }
  }

  return {
    look: (request, limits) => ask('look', request, lookSchema, limits),
    rename: async (items, limits) => (await ask('rename', { items }, toldSchema, limits)).told,
    remove: async (items, limits) => (await ask('remove', { items }, toldSchema, limits)).told,
  }
}
