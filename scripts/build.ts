import { execFile } from 'node:child_process'
import { chmod, copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { CATALOGUE } from '../src/text/catalogue.ts'
import { licencesOf } from './licences.ts'
import { PACKED, packPackages } from './packages.ts'
import { sbomOf } from './sbom.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What Node puts around a CommonJS module. */
const WRAPPER = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'] as const

/** Packages that become part of what uses them. */
const BUNDLED = [
  'zod',
  'p-limit',
  'lowdb',
  'chart.js',
  'hono',
  '@hono/node-server',
  'age-encryption',
  'tar-stream',
  'ws',
  'json5',
  'node-cron',
]

/**
 * Leaves a package that is not in the list to Node: those with a file of their own in the build, and those that are installed.
 * @param beside where the files of packages lie, seen from what is built
 */
function othersOutside(beside: string): Plugin {
  return {
    name: 'others-outside',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^./#]/ }, ({ path, importer }) => {
        if (importer.includes('node_modules')) return undefined
        const name = path
          .split('/')
          .slice(0, path.startsWith('@') ? 2 : 1)
          .join('/')
        if (BUNDLED.includes(name)) return undefined
        const file = PACKED.get(name)
        return { path: file === undefined ? path : `${beside}/${file}`, external: true }
      })
      // What is found by its path, for a thread or a process of its own, or later than everything else.
      onLoad({ filter: /[\\/]src[\\/]base[\\/](?:sqlite-driver|log)\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        const contents = text.replace(
          /(resolve|requireHere)\('([^']+)'\)/g,
          (_all, call, name) => `${call}('${beside}/${PACKED.get(name)}')`,
        )
        return { contents, loader: 'ts' }
      })
    },
  }
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
 * A language is made of its text when somebody reads it, not with every start of a command; of the usual one only the parts
 * that a command has use for, by the first word of their keys.
 */
const textsOnDemand: Plugin = {
  name: 'texts-on-demand',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]text[\\/]catalogue\.ts$/ }, () => {
      const others = Object.keys(CATALOGUE).filter((locale) => locale !== USUAL)
      const readers = others.map(
        (locale) =>
          `get ${JSON.stringify(locale)}() { return (made[${JSON.stringify(locale)}] ??= JSON.parse(readFileSync(new URL(${JSON.stringify(textFile(locale))}, import.meta.url), 'utf8'))) }`,
      )
      return {
        contents: `import { readFileSync } from 'node:fs'
const made = {}
const PARTS = ${JSON.stringify(partsOf(CATALOGUE[USUAL]))}
const read = {}
const partOf = (name) => (read[name] ??= JSON.parse(PARTS[name]))
export const CATALOGUE = {
get ${USUAL}() { return (made.${USUAL} ??= Object.assign({}, ...Object.keys(PARTS).map(partOf))) },
${readers.join(',\n')}
}
export function textOf(locale, key) {
  const name = key.split('.', 1)[0]
  if (!Object.hasOwn(PARTS, name)) return undefined
  const texts = locale === ${JSON.stringify(USUAL)} ? partOf(name) : CATALOGUE[locale]
  return Object.hasOwn(texts, key) ? texts[key] : undefined
}`,
        loader: 'js',
      }
    })
  },
}

/** The texts by the first word of their keys, each part as JSON. */
function partsOf(texts: Readonly<Record<string, string>>): Record<string, string> {
  const parts = new Map<string, Record<string, string>>()
  for (const [key, text] of Object.entries(texts)) {
    const [name = ''] = key.split('.', 1)
    const part = parts.get(name) ?? {}
    part[key] = text
    parts.set(name, part)
  }
  return Object.fromEntries([...parts].map(([name, part]) => [name, JSON.stringify(part)]))
}

/** The language that lies in the program itself; the others lie beside it, so that not every start reads them. */
const USUAL = 'en'
const textFile = (locale: string) => `./text.${locale}.json`

/**
 * Builds what runs without its sources: the command line, the bot, and the thread that draws its charts.
 * @param outdir `dist`, or a folder of its own for a test
 * @returns what became part of the command line
 */
export async function bundle(outdir: string): Promise<Metafile> {
  const shared = {
    absWorkingDir: ROOT,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    minify: true,
    // A crash quotes the line in which it happened.
    lineLimit: 160,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  } satisfies BuildOptions
  const [cli, bot, packed] = await Promise.all([
    build({
      ...shared,
      // One file, in which a module runs when a command first needs it, and asks for its packages then.
      format: 'cjs',
      // A script that is compiled already cannot import, only require.
      supported: { 'dynamic-import': false },
      // Read with every start: one byte a character is read and kept at a fraction of what UTF-8 with Chinese takes.
      charset: 'ascii',
      entryPoints: { 'src/cli/ocm': 'src/cli/main.ts' },
      define: { 'import.meta.url': 'ownUrl' },
      // Wrapped as Node wraps it; see launcher.cjs. To do so at the start would copy it once more.
      banner: { js: `${WRAPPER[0]}const ownUrl = require('node:url').pathToFileURL(__filename).href;` },
      footer: { js: WRAPPER[1] },
      plugins: [othersOutside('../packages'), zodInEnglish, textsOnDemand],
    }),
    build({
      ...shared,
      format: 'esm',
      // The thread lies beside the file that starts it.
      entryPoints: { 'src/main': 'src/main.ts', 'src/draw-worker': 'src/chart/draw-worker.ts' },
      plugins: [othersOutside('./packages'), zodInEnglish],
      // CommonJS that became part of it asks for what belongs to Node.
      banner: {
        js: "import { createRequire as ownRequire } from 'node:module'; const require = ownRequire(import.meta.url);",
      },
    }),
    packPackages(join(outdir, 'src/packages')),
  ])
  // The page is served as it is written.
  await cp(join(ROOT, 'src/http/page'), join(outdir, 'src/page'), { recursive: true })
  const parts = [cli.metafile, bot.metafile, ...packed].flatMap(({ inputs }) => Object.keys(inputs))
  await writeFile(join(outdir, 'THIRD-PARTY-LICENSES.txt'), await licencesOf(parts))
  await writeFile(join(outdir, 'sbom.cdx.json'), await sbomOf(parts))
  const folder = join(outdir, 'src/cli')
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
  for (const [locale, texts] of Object.entries(CATALOGUE))
    if (locale !== USUAL) await writeFile(join(folder, textFile(locale)), JSON.stringify(texts))
  await copyFile(join(ROOT, 'scripts/launcher.cjs'), join(folder, 'main.js'))
  await chmod(join(folder, 'main.js'), 0o755)
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/precompile.cjs'), folder], {
    // Nothing of the one who builds reaches what is built.
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', OCM_SSH_AGENT: 'none' },
    cwd: folder,
  })
  return cli.metafile
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(ROOT, 'dist')
  await rm(dist, { recursive: true, force: true })
  await bundle(dist)
}
