import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const ID = 'one'
let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
  fleet = await startFleet([{ id: ID, name: 'One', version: '2026.9.6', agents }], {
    OCM_BACKUP_FREE_MB: '1',
  })
  mkdirSync(workspace(), { recursive: true })
  for (const name of NAMES) writeFileSync(join(workspace(), name), `${name} as it was first`)
})
afterAll(() => fleet?.close())

const NAMES = ['edited', 'kept', 'moved', 'restamped', 'swapped']
const workspace = () => join(fleet.node(ID).home, '.openclaw', 'workspace')
const backUp = () => runOperation(fleet.context, actor('operator'), backupNode, { node: ID })

/** The workspace as a backup holds it. */
async function heldBy(id: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const parser = extract()
  ;(await fleet.context.backups.tarOf(ID, id, () => true)).pipe(parser)
  for await (const part of parser) {
    const chunks: Buffer[] = []
    for await (const chunk of part) chunks.push(chunk as Buffer)
    const [, name] = /\.openclaw\/workspace\/([^/]+)$/.exec(part.header.name) ?? []
    if (name !== undefined && part.header.type === 'file') found[name] = String(Buffer.concat(chunks))
  }
  return found
}

it('brings again what was touched in any way', async () => {
  // A file is recognised once it has rested for two seconds; the second look is by what the first told.
  await expect
    .poll(
      async () => {
        const { outcome, data } = await backUp()
        expect(outcome).toBe('done')
        return data.unchanged.files
      },
      { interval: 300 },
    )
    .toBeGreaterThanOrEqual(NAMES.length)
  const at = (name: string) => join(workspace(), name)
  const { mtime, atime } = statSync(at('restamped'))
  writeFileSync(at('edited'), 'edited')
  // Of the same size and with the time it had: only the file system knows.
  writeFileSync(at('restamped'), 'restamped as it was last!'.slice(0, readFileSync(at('restamped')).length))
  utimesSync(at('restamped'), atime, mtime)
  copyFileSync(at('moved'), at('moved.new'))
  renameSync(at('moved.new'), at('moved'))
  renameSync(at('swapped'), at('held'))
  renameSync(at('kept'), at('swapped'))
  renameSync(at('held'), at('kept'))
  rmSync(at('moved'))
  const { outcome, data } = await backUp()
  expect(outcome).toBe('done')
  expect(await heldBy(data.backup.id)).toMatchObject({
    edited: 'edited',
    restamped: expect.stringMatching(/last/),
    kept: 'swapped as it was first',
    swapped: 'kept as it was first',
  })
  expect(await heldBy(data.backup.id)).not.toHaveProperty('moved')
  expect(data.unchanged.files).toBeGreaterThan(0)
})
