import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metafile } from 'esbuild'
import { bundle } from '../../scripts/build.ts'

/** Inside the project, so that what is built finds its packages. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** The program as `npm run build` makes it, in a folder of its own. */
export interface BuiltProgram {
  folder: string
  /** The command line. */
  main: string
  /** What became part of the command line. */
  parts: Metafile
  remove(): Promise<void>
}

/** Builds the program: a second, and each run of it then starts at once, as it does for people. */
export async function buildProgram(): Promise<BuiltProgram> {
  mkdirSync(CACHE, { recursive: true })
  const folder = await mkdtemp(join(CACHE, 'ocm-build-'))
  const parts = await bundle(folder)
  return {
    folder,
    main: join(folder, 'src/cli/main.js'),
    parts,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
