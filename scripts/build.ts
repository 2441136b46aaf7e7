import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Packages that become part of what uses them. The others stay in node_modules: they are native, large or CommonJS. */
const BUNDLED = ['zod', 'p-limit', 'lowdb', 'chart.js']

/** Leaves a package that is not in the list to Node. */
const othersOutside: Plugin = {
  name: 'others-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, importer }) => {
      if (importer.includes('node_modules')) return undefined
      const name = path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/')
      return BUNDLED.includes(name) ? undefined : { path, external: true }
    })
  },
}

/** zod speaks fifty languages; what ocm says of bad input comes from its own catalogue. */
const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js'",
      resolveDir: join(path, '..'),
    }))
  },
}

/**
 * Builds what runs without its sources: the command line, the bot, and the thread that draws its charts.
 * @param outdir `dist`, or a folder of its own for a test
 * @returns what became part of the command line, and where
 */
export async function bundle(outdir: string): Promise<Metafile> {
  const shared = {
    absWorkingDir: ROOT,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    charset: 'utf8',
    minify: true,
    // A crash quotes the line in which it happened.
    lineLimit: 160,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    plugins: [othersOutside, zodInEnglish],
  } satisfies BuildOptions
  const [cli] = await Promise.all([
    // What a command needs lies apart and is loaded when it runs: to read the rest costs more than to run it.
    build({
      ...shared,
      entryPoints: { 'src/cli/main': 'src/cli/main.ts' },
      splitting: true,
      chunkNames: 'src/cli/parts/[name]-[hash]',
    }),
    build({
      ...shared,
      // The thread lies beside the file that starts it.
      entryPoints: { 'src/main': 'src/main.ts', 'src/draw-worker': 'src/chart/draw-worker.ts' },
    }),
  ])
  return cli.metafile
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(ROOT, 'dist')
  await rm(dist, { recursive: true, force: true })
  await bundle(dist)
}
