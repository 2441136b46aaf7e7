import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ABOUT, openStore, scratchFolder, tarFrom } from './store-kit.ts'

it('takes no backup of one node for that of another in whose folder its record was put', async () => {
  const folder = await scratchFolder()
  const store = await openStore(folder)
  const { id } = await store.receive('one', ABOUT, tarFrom([{ path: 'openclaw.json', content: '{}' }]))
  await store.verify(id)
  const [from, to] = ['one', 'two'].map((node) => join(folder, 'nodes', node)) as [string, string]
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) await copyFile(join(from, name), join(to, name))
  expect((await store.list('two')).map(({ good }) => good)).toEqual([false])
  expect((await store.list('one')).map(({ good }) => good)).toEqual([true])
  await rm(from, { recursive: true })
  expect(await store.verify(id)).toMatchObject({ ok: false, problems: [{ code: 'manifest-damaged' }] })
})
