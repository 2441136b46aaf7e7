// `npm run build`: one file for the command line and one for the bot, beside the thread that draws charts.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** ESM packages, small or easily shaken: they become part of the file. */
const BUNDLED = ['zod', 'p-limit', 'yocto-queue', 'lowdb', 'steno', 'node-cron', 'chart.js', '@kurkle/color']

/**
 * Every other package stays in node_modules and is loaded when the module that names it first runs: an import that is
 * left in an ESM bundle is loaded at once, also when a command that never runs asked for it.
 */
const onFirstUse = {
  name: 'on-first-use',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, namespace }) => {
      if (namespace === 'on-first-use') return { path, external: true }
      const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/')
      if (BUNDLED.includes(name)) return undefined
      return { path, namespace: 'on-first-use' }
    })
    onLoad({ filter: /.*/, namespace: 'on-first-use' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
      resolveDir: ROOT,
    }))
  },
}

/**
 * Builds everything that runs without sources.
 * @param {string} outdir
 */
export async function bundle(outdir) {
  return await build({
    absWorkingDir: ROOT,
    entryPoints: {
      'src/main': 'src/main.ts',
      'src/cli/main': 'src/cli/main.ts',
      // Beside the file that starts it.
      'src/draw-worker': 'src/chart/draw-worker.ts',
    },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    charset: 'utf8',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    plugins: [onFirstUse],
    metafile: true,
    logLevel: 'warning',
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(ROOT, 'dist')
  await rm(dist, { recursive: true, force: true })
  await bundle(dist)
}
