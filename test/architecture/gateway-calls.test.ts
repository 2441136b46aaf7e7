import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CALL = /\.rpc(?:<[^>]*>)?\(/

it('a gateway is called from src/openclaw alone, where its versions are known', () => {
  const callers = ['src', 'commands', 'registry']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => CALL.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(callers.filter((file) => !file.startsWith('src/openclaw/'))).toEqual([])
  expect(callers.length).toBeGreaterThan(3)
})
