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
  const entries = await Promise.all(foldersOf(inputs).map(entryOf))
  return `Parts of these packages are in this build of ocm.\n\n${[...new Set(entries)].join('\n')}`
}

/** The folders of the packages that files belong to, sorted. */
export function foldersOf(inputs: readonly string[]): string[] {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
  return [...new Set(folders)].sort()
}

/** The licence of a package by its name. @throws Error when it names none */
export function licenceOf(manifest: {
  name: string
  license?: unknown
  licenses?: { type?: unknown }[]
}): string {
  // Older packages have a list.
  const named = manifest.license ?? manifest.licenses?.[0]?.type
  if (typeof named !== 'string') throw new Error(`${manifest.name} names no licence`)
  return named
}

async function entryOf(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'))
  const { name, version } = manifest
  const named = licenceOf(manifest)
  const files = (await readdir(join(ROOT, folder))).filter((file) => LICENCE.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(ROOT, folder, file), 'utf8')))
  return [`== ${name} ${version} (${named})`, '', ...texts.map((text) => text.trim()), ''].join('\n')
}
