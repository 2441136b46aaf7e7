import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkDatabases } from '../../src/backup/check-database.ts'
import { database, scratchFolder } from './store-kit.ts'

it('tells each of many databases for itself, whatever lies between them', async () => {
  const folder = await scratchFolder()
  const contents = [
    await database('main'),
    randomBytes(5_000),
    Buffer.alloc(0),
    ...(await Promise.all(Array.from({ length: 35 }, (_, at) => database(`agent-${at}`)))),
  ]
  const paths = contents.map((_, at) => join(folder, `${at}.sqlite`))
  for (const [at, path] of paths.entries()) await writeFile(path, contents[at] ?? '')
  const found = await checkDatabases([...paths, join(folder, 'not-there')])
  expect(found).toHaveLength(paths.length + 1)
  expect(found[0]).toMatchObject({ sound: true, agentId: 'main', userVersion: 23 })
  expect(found[1]).toBeNull()
  expect(found[2]).toMatchObject({ tables: 0 })
  for (let at = 0; at < 35; at += 1) expect(found[at + 3]).toMatchObject({ agentId: `agent-${at}` })
  expect(found.at(-1)).toBeNull()
})
