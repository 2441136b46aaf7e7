import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LICENCE = /^(?:licen[cs]e|copying|notice)/i

/**
 * The licences of every package of which files became part of a build, with their texts.
 * @param inputs paths of files, as esbuild names them
 * @throws Error when a package names no licence
 */
export async function licencesOf(inputs: readonly string[]): Promise<string> {
  const folders = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  const entries = await Promise.all([...folders].sort().map(entryOf))
  return `Parts of these packages are in this build of ocm.\n\n${[...new Set(entries)].join('\n')}`
}

async function entryOf(folder: string): Promise<string> {
  const { name, version, license, licenses } = JSON.parse(
    await readFile(join(ROOT, folder, 'package.json'), 'utf8'),
  )
  // Older packages have a list.
  const named: unknown = license ?? licenses?.[0]?.type
  if (typeof named !== 'string') throw new Error(`${name} names no licence`)
  const files = (await readdir(join(ROOT, folder))).filter((file) => LICENCE.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(ROOT, folder, file), 'utf8')))
  return [`== ${name} ${version} (${named})`, '', ...texts.map((text) => text.trim()), ''].join('\n')
}
