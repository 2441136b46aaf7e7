import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/http/routes.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import { type OperationName, operations } from '../../src/operations/index.ts'
import { sampleOf } from '../support/sample.ts'
import { eventually } from '../support/until.ts'
import { type Answered, perform } from './faces.ts'
import { type Given, keepGiven } from './given.ts'
import { NOTHING, STORY, type Step } from './story.ts'
import { type Face, startWorld, type World } from './world.ts'

const FACES: readonly Face[] = ['discord', 'cli', 'http']
const TIMEOUT_MS = 120_000
const NOWHERE = 'nowhere'
/** Where a face asks for something else on purpose, and why. */
const ASKS_ELSE: Readonly<Partial<Record<OperationName, string>>> = {
  'download-backup': 'Discord carries no large file, and none that is not encrypted',
  'set-board': 'Discord means the channel in which it is asked',
}
/** Moments, measured times and what is made anew each time. */
const MOMENT = /(?:At|Ms)$|^(?:at|until|since)$/

let given: Given
let world: World

beforeAll(async () => {
  given = keepGiven()
  world = await startWorld()
}, TIMEOUT_MS)
afterAll(() => world.close(), TIMEOUT_MS)

/** What became of a step through one face. */
interface Ended {
  face: Face
  answer: Answered | null
  line: AuditEntry
}

const facesOf = ({ operation, discord, cli }: Step): Face[] =>
  FACES.filter(
    (face) =>
      (face === 'discord' && discord !== null) ||
      (face === 'cli' && cli !== null) ||
      (face === 'http' && ROUTES[operation].kind !== 'none'),
  )

async function endOf(face: Face, step: Step, as: 'admin' | 'viewer', node: string): Promise<Ended> {
  const known = new Set((await world.audit()).map(({ operationId }) => operationId))
  const answer = await perform(world, face, step, { world, node, names: NOTHING }, as)
  // A look is answered before its line is written.
  const line = await eventually(async () => {
    const lines = await world.audit()
    const found = lines.find(
      (one) => !known.has(one.operationId) && one.operation === step.operation && one.face === face,
    )
    if (!found) throw new Error(`no line of ${step.operation} through ${face}`)
    return found
  }, 30_000)
  return { face, answer, line }
}

/** Everything of a value that does not go on with time. */
const lasting = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (key, part) => (MOMENT.test(key) && part !== null ? 'a moment' : part)),
  )

/** The faces say the same of the same, and what a program is told is what the operation gave back. */
function expectSame(step: Step, ends: readonly Ended[]): void {
  const seen = ends.map(({ face, answer, line }) => {
    const result = given.get(line.operationId)
    const about = `${step.operation} through ${face}`
    if (answer && result) {
      expect(answer.outcome, about).toBe(result.outcome)
      // A shell may tell of it in its own shape: all pages of an export are one.
      if (face === 'http') expect(answer.data, about).toEqual(result.data)
    } else if (answer) expect(answer.errorCode, about).toBe(line.errorCode)
    const { operation, nodeId, reason, result: outcome, errorCode, approval } = line
    const input = step.operation in ASKS_ELSE ? ASKS_ELSE[step.operation] : line.input
    const data = step.done === 'alike' ? lasting(result?.data) : null
    return { face, said: { operation, nodeId, input, reason, outcome, errorCode, approval, data } }
  })
  const [first, ...others] = seen
  for (const { face, said } of others)
    expect(said, `${step.operation}: ${face} and ${first?.face}`).toEqual(first?.said)
}

/** One after the other: they share their records. */
async function throughAll(step: Step, faces: readonly Face[], as: 'admin' | 'viewer', node: string) {
  const ends: Ended[] = []
  for (const face of faces) ends.push(await endOf(face, step, as, node))
  return ends
}

const levels = new Map(operations.map(({ name, access }) => [name, access]))
const named = (steps: readonly Step[]) => sampleOf(steps).map((step) => [step.operation, step] as const)

describe('each operation through Discord, the shell and the API', () => {
  it('is told how it is asked for there', () => {
    expect(STORY.map(({ operation }) => operation).sort()).toEqual(operations.map(({ name }) => name).sort())
  })

  it.each(named(STORY.filter(({ done }) => done !== undefined)))(
    '%s ends the same, with the same data and the same line in the audit',
    async (_name, step) => expectSame(step, await throughAll(step, facesOf(step), 'admin', step.node)),
    TIMEOUT_MS,
  )

  it.each(named(STORY.filter(({ node }) => node !== '')))(
    '%s of a node that there is not is refused alike',
    async (_name, step) => {
      const ends = await throughAll(step, facesOf(step), 'admin', NOWHERE)
      for (const { face, line } of ends) expect([face, line.errorCode]).toEqual([face, 'unknown-node'])
      expectSame(step, ends)
    },
    TIMEOUT_MS,
  )

  it.each(named(STORY.filter(({ operation }) => levels.get(operation) !== 'viewer')))(
    '%s is refused alike to somebody who may only look',
    async (_name, step) => {
      // A shell is whoever may run it.
      const faces = facesOf(step).filter((face) => face !== 'cli')
      const ends = await throughAll(step, faces, 'viewer', step.node)
      for (const { face, line } of ends) expect([face, line.result]).toEqual([face, 'refused'])
      expectSame(step, ends)
    },
    TIMEOUT_MS,
  )
})
