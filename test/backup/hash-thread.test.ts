import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { HashThread, type PlainPart } from '../../src/backup/hash-thread.ts'
import { scratchFolder } from './store-kit.ts'

async function fileOfParts() {
  const path = join(await scratchFolder(), 'pack')
  const contents = [randomBytes(300_000), randomBytes(7), randomBytes(1_000_000)]
  let at = 0
  const parts = contents.map((content): PlainPart => {
    const begin = at
    at += content.length
    return [createHash('sha256').update(content).digest('hex'), begin, content.length]
  })
  await writeFile(path, Buffer.concat(contents))
  return { path, parts }
}

function startThread(start?: () => Worker): HashThread {
  const thread = new HashThread(start)
  onTestFinished(() => thread.end())
  return thread
}

it('tells whether each part of a file is what its name says', async () => {
  const { path, parts } = await fileOfParts()
  const thread = startThread()
  expect(await thread.isSound(path, parts)).toBe(true)
  const [first, second, third] = parts as [PlainPart, PlainPart, PlainPart]
  expect(await thread.isSound(path, [first, [second[0], second[1] + 1, second[2]]])).toBe(false)
  expect(await thread.isSound(path, [[third[0], third[1], third[2] + 1]])).toBe(false)
  const both = [thread.isSound(path, [first]), thread.isSound(path, [[first[0], 1, first[2]]])]
  expect(await Promise.all(both)).toEqual([true, false])
})

it('knows nothing of a file that cannot be read, and nothing without a thread', async () => {
  const { path, parts } = await fileOfParts()
  expect(await startThread().isSound(`${path}-not-there`, parts)).toBeNull()
  const none = startThread(() => {
    throw new Error('no more threads')
  })
  expect(await none.isSound(path, parts)).toBeNull()
  const dying = startThread(() => new Worker('throw new Error("at once")', { eval: true, execArgv: [] }))
  expect(await dying.isSound(path, parts)).toBeNull()
  expect(await dying.isSound(path, parts)).toBeNull()
})

it('goes on after it was ended', async () => {
  const { path, parts } = await fileOfParts()
  const thread = startThread()
  expect(await thread.isSound(path, parts)).toBe(true)
  await thread.end()
  expect(await thread.isSound(path, parts)).toBe(true)
})
