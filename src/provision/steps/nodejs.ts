import { sh } from '../../ssh/shell-quote.ts'
import { beforeOf, factsOf, run } from '../commands.ts'
import { saidAs, seen } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { PROGRAMS } from '../footprint.ts'
import { NODE_LINE, nodeFits } from '../node-fit.ts'
import { push, unpackCommand } from '../push.ts'
import type { Archive } from '../sources.ts'
import type { Bench, Step } from '../step.ts'

const found = new WeakMap<Bench, Archive>()

function folderOf({ version }: Archive): string {
  return `node-${version}`
}

async function versionAt(bench: Bench, binary: string): Promise<string | null> {
  const { code, stdout } = await run(bench, sh`${binary} --version`)
  return code === 0 ? (/^v(\d+\.\d+\.\d+)\s*$/.exec(stdout)?.[1] ?? null) : null
}

/**
 * What fits is used: the one of the OpenClaw that is there, else one that an earlier run brought. Otherwise the newest
 * of its line is brought, its checksum proven here before a byte is sent.
 */
export const nodejs: Step = {
  name: 'nodejs',
  commands: () => [
    unpackCommand(`node-${NODE_LINE}.*`, 1).toString(),
    `~/${PROGRAMS}/node-${NODE_LINE}.*/bin/node --version`,
  ],
  async check(bench) {
    const install = bench.snapshot?.install
    const [binary, version] = [install?.nodeBinary.value ?? null, install?.nodeVersion.value ?? null]
    const openclaw = install?.version.value ?? bench.wanted.version
    if (binary !== null && version !== null && nodeFits(version, openclaw)) {
      bench.nodeBinary = binary
      return { state: 'satisfied', seen: saidAs(`${binary} ${version}`) }
    }
    const archive = await bench.sources.nodejs(factsOf(bench).arch ?? 'x64', bench.signal)
    found.set(bench, archive)
    const brought = `${beforeOf(bench).home}/${PROGRAMS}/${folderOf(archive)}/bin/node`
    if ((await versionAt(bench, brought)) === archive.version) {
      bench.nodeBinary = brought
      return { state: 'satisfied', seen: saidAs(`${brought} v${archive.version}`) }
    }
    bench.made.push(folderOf(archive))
    return { state: 'missing' }
  },
  async act(bench) {
    const archive = found.get(bench)
    if (archive === undefined) throw new Fault('node-source')
    await push(bench, archive, folderOf(archive), 1)
  },
  async verify(bench) {
    const archive = found.get(bench)
    const binary = `${beforeOf(bench).home}/${PROGRAMS}/${archive ? folderOf(archive) : ''}/bin/node`
    const version = await versionAt(bench, binary)
    if (archive === undefined || version !== archive.version)
      throw new Fault('node-broken', version ?? binary)
    bench.nodeBinary = binary
    return [...saidAs(`v${version}`), seen('checksum', { start: archive.sha256.slice(0, 12) })]
  },
}
