import { openclawCommand } from '../../openclaw/cli.ts'
import { formatVersion, parseVersion } from '../../openclaw/versions.ts'
import { type ShellCommand, sh } from '../../ssh/shell-quote.ts'
import { beforeOf, factsOf, run, said } from '../commands.ts'
import { saidAs, seen } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { PROGRAMS } from '../footprint.ts'
import { NODE_LINE } from '../node-fit.ts'
import type { PackageRegistry } from '../package-registry.ts'
import { push, unpackCommand } from '../push.ts'
import { serveRegistry } from '../served-registry.ts'
import type { Archive } from '../sources.ts'
import type { Bench, Step } from '../step.ts'

/** npm fetches some 230 MB and writes 41 000 files. */
const NPM_MS = 1_800_000

/** What a machine without npm answers to the question what npm finds. */
const NO_NPM = 3

type Way =
  | { way: 'prefix'; version: string; archive: Archive }
  | { way: 'npm'; version: string }
  | { way: 'served'; version: string; registry: PackageRegistry }
const ways = new WeakMap<Bench, Way>()

function folderOf({ version }: Pick<Way, 'version'>): string {
  return `openclaw-${version}`
}

function nodeDirectory({ nodeBinary }: Bench): string {
  return nodeBinary?.replace(/\/[^/]*$/, '') ?? ''
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

/** Where the Node.js lies that a run brings; its version is known only when it is had. */
const PLANNED_NODE = sh`"$HOME"/${PROGRAMS}/${`node-${NODE_LINE}.*`}/bin`

const npm = (directory: string | ShellCommand) => sh`umask 077; PATH=${directory}:"$PATH"; export PATH`

/** A folder beside its name; what npm keeps for itself goes with it. */
const empty = (folder: string) =>
  sh`d="$HOME"/${PROGRAMS}/${folder}; rm -rf -- "$d.part" && mkdir -p -- "$d.part"`

/** Without its install scripts: they are not needed, and what comes from a registry runs nothing here. */
const install = (version: string, from: ShellCommand) =>
  sh`npm install -g${from} --prefix "$d.part" --cache "$d.part/.npm-cache" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error ${`openclaw@${version}`}`

const renamed = sh`rm -rf -- "$d.part/.npm-cache" "$d" && mv -- "$d.part" "$d"`

function npmCommand(version: string, directory: string | ShellCommand): ShellCommand {
  return sh`${npm(directory)}; ${empty(folderOf({ version }))} && ${install(version, sh``)} && ${renamed}`
}

/** The secret of the registry comes on standard input, into a file that npm reads and that goes with its end. */
function servedCommand(version: string, directory: string | ShellCommand, address: string): ShellCommand {
  const from = sh` --userconfig "$d.part/.npmrc" --registry ${address} --replace-registry-host=always --noproxy 127.0.0.1`
  return sh`${npm(directory)}; ${empty(folderOf({ version }))} && cat >"$d.part/.npmrc" && { ${install(version, from)}; c=$?; rm -f -- "$d.part/.npmrc"; [ "$c" = 0 ]; } && ${renamed}`
}

/** The version that the node's own npm would install; null where it reaches none. Leaves nothing there. */
async function npmOffers(bench: Bench): Promise<{ npm: boolean; version: string | null }> {
  const spec = `openclaw@${bench.wanted.version ?? 'latest'}`
  const { code, stdout } = await run(
    bench,
    sh`${npm(nodeDirectory(bench))}; command -v npm >/dev/null 2>&1 || exit ${String(NO_NPM)}; t=$(mktemp -d) || exit 1; npm view ${spec} version --cache "$t" --fetch-retries=0 --fetch-timeout=10000 2>/dev/null; c=$?; rm -rf -- "$t"; exit "$c"`,
  )
  const said = /^\d[\w.-]{0,39}$/.exec(stdout.trim())?.[0] ?? null
  return { npm: code !== NO_NPM, version: code === 0 ? said : null }
}

/** The way on which OpenClaw is had: an archive, the node's own npm, and at last that npm through ocm. @throws Fault */
async function wayOf(bench: Bench, archive: Archive | null): Promise<Way> {
  if (archive !== null) return { way: 'prefix', version: archive.version, archive }
  const { wanted, registry, signal } = bench
  const offered = await npmOffers(bench)
  if (offered.version !== null) return { way: 'npm', version: offered.version }
  if (!offered.npm) throw new Fault('openclaw-source', 'npm: not found')
  if (registry === null) throw new Fault('openclaw-source', wanted.version)
  return { way: 'served', version: await registry.openclaw(wanted.version, signal), registry }
}

async function installed(bench: Bench, command: ShellCommand, stdin?: string): Promise<void> {
  const given = stdin === undefined ? {} : { stdin }
  const result = await run(bench, command, { deadlineMs: NPM_MS, ...given })
  if (result.code === 0) return
  const why = said(bench, result)
  throw new Fault(why.includes('ENOSPC') ? 'write-failed' : 'openclaw-source', why)
}

async function installedThroughOcm(bench: Bench, version: string, registry: PackageRegistry): Promise<void> {
  const served = await serveRegistry(bench, registry)
  try {
    await installed(bench, servedCommand(version, nodeDirectory(bench), served.address), served.npmrc)
  } finally {
    await served.close()
  }
}

/**
 * What is there is used. Otherwise a packed prefix of the machine of ocm is pushed; without one, the node's own npm
 * installs: from the registry that it reaches, else from the one that ocm lets it ask through the SSH connection.
 */
export const openclaw: Step = {
  name: 'openclaw',
  commands({ version }, registry) {
    const wanted = version ?? '*'
    const served = registry === null ? [] : [`ssh -R 127.0.0.1:0  # GET, HEAD: ${registry}/`]
    const through =
      registry === null ? [] : [`${servedCommand(wanted, PLANNED_NODE, 'http://127.0.0.1:PORT/')}  # stdin`]
    return [
      unpackCommand(`openclaw-${wanted}`, 0).toString(),
      npmCommand(wanted, PLANNED_NODE).toString(),
      ...served,
      ...through,
    ]
  },
  async check(bench) {
    const { wanted, snapshot } = bench
    const there = snapshot?.install.binary.value ?? null
    if (there !== null) {
      const version = snapshot?.install.version.value ?? null
      if (wanted.version !== null && version !== wanted.version)
        throw new Fault('openclaw-other', `${version ?? '?'} ≠ ${wanted.version}`)
      bench.openclaw = there
      bench.openclawVersion = version
      return { state: 'satisfied', seen: saidAs(`${there} ${version ?? '?'}`) }
    }
    const archive = await bench.sources.openclaw(wanted.version, factsOf(bench).arch ?? 'x64', bench.signal)
    const known = archive?.version ?? wanted.version
    const text = known === null ? null : await broughtBefore(bench, known)
    if (text !== null) return { state: 'satisfied', seen: saidAs(text) }
    const way = await wayOf(bench, archive)
    const same = known === null ? await broughtBefore(bench, way.version) : null
    if (same !== null) return { state: 'satisfied', seen: saidAs(same) }
    ways.set(bench, way)
    bench.made.push(folderOf(way))
    return { state: 'missing' }
  },
  async act(bench) {
    const way = ways.get(bench)
    if (way === undefined) throw new Fault('openclaw-source')
    if (way.way === 'prefix') await push(bench, way.archive, folderOf(way), 0)
    else if (way.way === 'npm') await installed(bench, npmCommand(way.version, nodeDirectory(bench)))
    else await installedThroughOcm(bench, way.version, way.registry)
  },
  async verify(bench) {
    const way = ways.get(bench)
    if (way === undefined) throw new Fault('openclaw-broken')
    const binary = binaryOf(bench, folderOf(way))
    const text = await printed(bench, binary)
    if (versionIn(text) !== way.version) throw new Fault('openclaw-broken', text)
    bench.openclaw = binary
    bench.openclawVersion = way.version
    const through = way.way === 'served' ? [seen('through-ocm', { registry: way.registry.address })] : []
    return [...saidAs(text), ...through]
  },
}

/** What an earlier attempt brought prints; null where there is nothing of that version. */
async function broughtBefore(bench: Bench, version: string): Promise<string | null> {
  const binary = binaryOf(bench, folderOf({ version }))
  const text = await printed(bench, binary)
  if (versionIn(text) !== version) return null
  bench.openclaw = binary
  bench.openclawVersion = version
  return text
}
