import { openclawCommand } from '../../openclaw/cli.ts'
import { formatVersion, parseVersion } from '../../openclaw/versions.ts'
import { type ShellCommand, sh } from '../../ssh/shell-quote.ts'
import { beforeOf, factsOf, run, said } from '../commands.ts'
import { Fault } from '../fault.ts'
import { PROGRAMS } from '../footprint.ts'
import { push, unpackCommand } from '../push.ts'
import type { Archive } from '../sources.ts'
import type { Bench, Step } from '../step.ts'

/** npm fetches some 230 MB and writes 41 000 files. */
const NPM_MS = 1_800_000

type Way = { way: 'prefix'; archive: Archive } | { way: 'npm'; version: string }
const ways = new WeakMap<Bench, Way>()

function folderOf(way: Way): string {
  return `openclaw-${way.way === 'npm' ? way.version : way.archive.version}`
}

function binaryOf(bench: Bench, folder: string): string {
  return `${beforeOf(bench).home}/${PROGRAMS}/${folder}/bin/openclaw`
}

async function printed(bench: Bench, binary: string): Promise<string | null> {
  const command = openclawCommand({ binary, nodeBinary: bench.nodeBinary, statePath: null }, ['--version'])
  const { code, stdout } = await run(bench, command)
  return code === 0 ? (stdout.trim().split('\n').at(-1) ?? null) : null
}

function versionIn(text: string | null): string | null {
  const version = text === null ? null : parseVersion(text)
  return version && formatVersion(version)
}

/** Without its install scripts: they are not needed, and what comes from a registry runs nothing here. */
function npmCommand(folder: string, version: string, nodeDirectory: string): ShellCommand {
  return sh`umask 077; PATH=${nodeDirectory}:"$PATH"; export PATH; d="$HOME"/${PROGRAMS}/${folder}; rm -rf -- "$d.part" && mkdir -p -- "$d.part" && npm install -g --prefix "$d.part" --cache "$d.part/.npm-cache" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error ${`openclaw@${version}`} && rm -rf -- "$d.part/.npm-cache" "$d" && mv -- "$d.part" "$d"`
}

async function npmAnswers(bench: Bench): Promise<boolean> {
  const directory = bench.nodeBinary?.replace(/\/[^/]*$/, '') ?? ''
  const { code } = await run(
    bench,
    sh`PATH=${directory}:"$PATH"; export PATH; command -v npm >/dev/null 2>&1 && npm view openclaw version --cache "$(mktemp -d)" --fetch-retries=0 --fetch-timeout=10000 >/dev/null 2>&1`,
  )
  return code === 0
}

/**
 * What is there is used. Otherwise a packed prefix of the machine of ocm is pushed; without one, the node's own npm
 * installs where it reaches a registry. A registry through the SSH connection is not offered.
 */
export const openclaw: Step = {
  name: 'openclaw',
  commands: ({ version }) => [
    unpackCommand(`openclaw-${version ?? '*'}`, 0).toString(),
    npmCommand(`openclaw-${version ?? '*'}`, version ?? '*', '.').toString(),
  ],
  async check(bench) {
    const { wanted, snapshot } = bench
    const there = snapshot?.install.binary.value ?? null
    if (there !== null) {
      const version = snapshot?.install.version.value ?? null
      if (wanted.version !== null && version !== wanted.version)
        throw new Fault('openclaw-other', `${version ?? '?'} ≠ ${wanted.version}`)
      bench.openclaw = there
      bench.openclawVersion = version
      return { state: 'satisfied', evidence: `${there} ${version ?? '?'}` }
    }
    const archive = await bench.sources.openclaw(wanted.version, factsOf(bench).arch ?? 'x64', bench.signal)
    const version = archive?.version ?? wanted.version
    if (version !== null) {
      const folder = `openclaw-${version}`
      const text = await printed(bench, binaryOf(bench, folder))
      if (versionIn(text) === version) {
        bench.openclaw = binaryOf(bench, folder)
        bench.openclawVersion = version
        return { state: 'satisfied', evidence: text ?? version }
      }
    }
    if (archive !== null) ways.set(bench, { way: 'prefix', archive })
    else if (version !== null && (await npmAnswers(bench))) ways.set(bench, { way: 'npm', version })
    else throw new Fault('openclaw-source', version)
    bench.made.push(`openclaw-${version}`)
    return { state: 'missing' }
  },
  async act(bench) {
    const way = ways.get(bench)
    if (way === undefined) throw new Fault('openclaw-source')
    if (way.way === 'prefix') return await push(bench, way.archive, folderOf(way), 0)
    const directory = bench.nodeBinary?.replace(/\/[^/]*$/, '') ?? ''
    const result = await run(bench, npmCommand(folderOf(way), way.version, directory), { deadlineMs: NPM_MS })
    if (result.code !== 0) throw new Fault('openclaw-source', said(bench, result))
  },
  async verify(bench) {
    const way = ways.get(bench)
    if (way === undefined) throw new Fault('openclaw-broken')
    const binary = binaryOf(bench, folderOf(way))
    const text = await printed(bench, binary)
    const wanted = way.way === 'npm' ? way.version : way.archive.version
    if (versionIn(text) !== wanted) throw new Fault('openclaw-broken', text)
    bench.openclaw = binary
    bench.openclawVersion = wanted
    return text ?? wanted
  },
}
