import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createEndings, type Endings } from '../../src/base/endings.ts'
import { ROUTES } from '../../src/http/routes.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import { type OperationName, operations } from '../../src/operations/index.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import type { OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'
import type { SandboxNodeSpec } from '../../src/sandbox/stage/start-sandbox.ts'
import { turnOf } from '../support/sample.ts'
import { eventually } from '../support/until.ts'
import { type Change, type Changes, NODE, TAG } from './changes/change.ts'
import { perform } from './faces.ts'
import { type Given, keepGiven } from './given.ts'
import { masked } from './masked.ts'
import { NOTHING, STORY, type Step } from './story.ts'
import { type Face, startWorld, type World } from './world.ts'

const OTHERS: readonly Face[] = ['cli', 'http']
const EVERY_FACE: readonly Face[] = ['discord', ...OTHERS]
/** Discord beside one of the others, another one each day; all three with OCM_ALL_CASES=1. */
const FACES: readonly Face[] = ['discord', ...turnOf(OTHERS)]
const TIMEOUT_MS = 180_000
const SETTINGS = {
  OCM_BACKUP_FREE_MB: '1',
  OCM_STATUS_DEADLINE_MS: '60000',
  OCM_RESTART_DEADLINE_MS: '60000',
}
const changing: readonly string[] = operations.flatMap(({ name, effect }) =>
  effect === 'read' ? [] : [name],
)

/** What an operation came to through one face. */
interface Ended {
  face: Face
  said: object
  /** What there is at this moment. */
  left(): unknown
}

/** What the worlds have. */
interface Beside {
  nodes: SandboxNodeSpec[]
  /** Which versions of OpenClaw can be had, from where no network is needed. */
  programs?: OpenClawVersion[]
  /** What each world has of its own. */
  settings?(endings: Endings): Promise<Record<string, string>>
}

/**
 * One test for each change: worlds that are alike, one for each face, in which the changes are done one after the
 * other, each going on from where the one before it ended.
 */
export function compareChanges(changes: Changes, { nodes, programs = [], settings }: Beside): void {
  const worlds = new Map<Face, World>()
  const endings = createEndings()
  let given: Given

  beforeAll(async () => {
    given = keepGiven()
    const OCM_PROGRAM_SOURCE = mkdtempSync(join(tmpdir(), 'ocm-faces-'))
    endings.add(async () => rmSync(OCM_PROGRAM_SOURCE, { recursive: true, force: true }))
    if (programs.length > 0) await writeArchives(OCM_PROGRAM_SOURCE, ...programs)
    for (const face of FACES) {
      const own = { ...SETTINGS, OCM_PROGRAM_SOURCE, ...(await settings?.(endings)) }
      const world = await startWorld({ nodes, settings: own })
      endings.add(() => world.close())
      worlds.set(face, world)
    }
  }, TIMEOUT_MS)
  afterAll(() => endings.run(), TIMEOUT_MS)

  it.each(Object.entries(changes) as [OperationName, Change][])(
    '%s succeeds the same: its end, its lines in the audit, and what there is afterwards',
    async (name, change) => {
      const own = STORY.find(({ operation }) => operation === name)
      if (!own) throw new Error(`the story has no ${name}`)
      const step = { ...own, ...change.step }
      const ends: Ended[] = []
      for (const face of FACES) {
        const world = worlds.get(face)
        if (world) ends.push(...(await endIn(world, face, { step, change, given })))
      }
      const [first, ...others] = ends
      // Where an operation lacks the other face of today, there is nothing to compare today.
      expect(ends.map(({ face }) => face)).toEqual(FACES.filter((face) => has(step, face)))
      expect(EVERY_FACE.filter((face) => has(step, face)).length).toBeGreaterThan(1)
      for (const { face, said, left } of others) {
        const both = `${name}: ${face} and ${first?.face}`
        expect(said, both).toEqual(first?.said)
        // What a shell wrote is seen by the bot beside it within a second.
        await eventually(async () => expect(left(), both).toEqual(first?.left()), 10_000)
      }
    },
    TIMEOUT_MS,
  )
}

/** Of a face that has no such command, the world is prepared and changed all the same, so that the worlds stay alike. */
async function endIn(
  world: World,
  face: Face,
  { step, change, given }: { step: Step; change: Change; given: Given },
): Promise<Ended[]> {
  const { operation } = step
  const names = { ...NOTHING, tag: TAG, ...(await change.before?.(world, face)) }
  const known = new Set((await world.audit()).map(({ operationId }) => operationId))
  const by = has(step, face) ? face : 'cli'
  const answer = await perform(world, by, step, { world, node: change.node ?? NODE, names }, 'admin')
  const lines = await eventually(async () => {
    const found = (await world.audit()).filter(
      (line) => !known.has(line.operationId) && changing.includes(line.operation),
    )
    if (!found.some((line) => line.operation === operation)) throw new Error('no line yet')
    return found
  }, 60_000)
  const own = lines.find((line) => line.operation === operation)
  expect([by, own?.result, own?.errorCode], operation).toEqual([by, 'done', null])
  const result = given.get(own?.operationId ?? '')
  if (answer) expect(answer, `${operation} through ${by}`).toMatchObject({ outcome: 'done', errorCode: null })
  // What a program is told is what the operation gave back.
  if (by === 'http') expect(answer?.data, operation).toEqual(result?.data)
  const mask = (value: unknown) => masked(value, world, by)
  // What the bot does by itself meanwhile has a line too: a copy elsewhere of each new backup.
  const told = lines
    .filter((line) => line.face === by)
    .map(lineOf)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const said = { lines: mask(told), data: mask(result?.data) }
  return by === face ? [{ face, said, left: () => mask(leftIn(world)) }] : []
}

function has({ operation, discord, cli }: Step, face: Face): boolean {
  if (face === 'http') return ROUTES[operation].kind !== 'none'
  return (face === 'discord' ? discord : cli) !== null
}

/** All of a line but who asked, when, and how long it took. */
function lineOf({ operation, nodeId, input, reason, approval, result, errorCode }: AuditEntry) {
  return { operation, nodeId, input, reason, approval, result, errorCode }
}

/** What there is afterwards. */
function leftIn({ context, sandbox }: World) {
  const { registry, incidents, approvals, rules } = context()
  return {
    registry: registry.list(),
    jumps: registry.jumps(),
    // What the monitor opens by itself meanwhile, as of a node that was slow, is no act of a face.
    incidents: incidents
      .state()
      .incidents.filter(({ acknowledged, snoozed }) => acknowledged !== null || snoozed !== null)
      .map(({ id, acknowledged, snoozed }) => ({ id, acknowledged, snoozed })),
    mutes: incidents.state().mutes,
    approvals: approvals.list(),
    rules: [approvals.rules(), rules.value()],
    nodes: registry
      .list()
      .filter(({ state }) => state === 'active')
      .map(({ id }) => {
        const { gateway } = sandbox.nodes.node(id)
        return {
          id,
          agents: gateway.agents(),
          sessions: gateway.sessions().sort((a, b) => (a.key < b.key ? -1 : 1)),
        }
      }),
  }
}
