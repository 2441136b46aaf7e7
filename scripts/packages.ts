import { cp, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const requireHere = createRequire(import.meta.url)
const { resolve } = requireHere

const SQLITE = '@photostructure/sqlite'

/**
 * Packages with a file of their own in the build, loaded when it is first needed: with what they need they are a tenth of
 * what is installed of them.
 */
export const PACKED: ReadonlyMap<string, string> = new Map([
  ['discord.js', 'discord.js.cjs'],
  ['ssh2', 'ssh2.cjs'],
  ['pino', 'pino.cjs'],
  ['@smithy/signature-v4', 'signature-v4.cjs'],
  [SQLITE, `${SQLITE}/dist/index.cjs`],
])

/** Where ocm runs: its locks and modes are those of POSIX. Macs with Intel are no longer made. */
const PLATFORMS = /^(?:linux-|darwin-arm64$)/

/** Written in C++ and never built, because nothing is compiled at an installation; each has JavaScript in its place. */
export const withoutAddons: Plugin = {
  name: 'without-addons',
  setup({ onResolve }) {
    const optional = /^(?:cpu-features|bufferutil|utf-8-validate|zlib-sync|erlpack)$|\.node$/
    onResolve({ filter: optional }, ({ path }) => ({ path, external: true }))
  },
}

/** Writes each package into one file, and of the database its libraries for the platforms of ocm. */
export async function packPackages(folder: string): Promise<Metafile[]> {
  const built = await Promise.all([...PACKED].map(([name, file]) => packed(name, join(folder, file))))
  const prebuilds = join(dirname(resolve(`${SQLITE}/package.json`)), 'prebuilds')
  for (const platform of await readdir(prebuilds))
    if (PLATFORMS.test(platform))
      await cp(join(prebuilds, platform), join(folder, SQLITE, 'prebuilds', platform), { recursive: true })
  return built
}

async function packed(name: string, outfile: string): Promise<Metafile> {
  // What it really has: Node sees only a part of that when it is imported.
  const names = Object.keys(requireHere(name)).filter(
    (one) => /^[A-Za-z_]\w*$/.test(one) && one !== 'default',
  )
  const { metafile } = await build({
    absWorkingDir: ROOT,
    // Named one by one, so that modules of both kinds find them; from its CommonJS, which knows where it lies.
    stdin: {
      contents: `export { ${names.join(', ')} } from ${JSON.stringify(resolve(name))}`,
      resolveDir: ROOT,
    },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    charset: 'utf8',
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    metafile: true,
    logLevel: 'error',
    plugins: [withoutAddons],
  })
  return metafile
}
