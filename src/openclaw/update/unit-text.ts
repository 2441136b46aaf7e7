/** Which programs a unit starts. Absolute paths on the node. */
export interface UnitPrograms {
  node: string
  /** Folder of the package, for example `/usr/lib/node_modules/openclaw`. */
  package: string
  /** JavaScript below the package that is started, for example `dist/index.js`. */
  entry: string
}

const ENTRY = /^(\/.*\/openclaw)\/(dist\/[\w.-]+\.m?js|openclaw\.mjs)$/

/** A word without the quotes that some versions (2026.2.17) write around it. */
const bare = (word: string) => /^"([^"\\]*)"$/.exec(word)?.[1] ?? word

/** Reads the programs of a unit as `openclaw gateway install` writes it; null for one that starts something else. */
export function programsOf(text: string): UnitPrograms | null {
  const starts = [...text.matchAll(/^ExecStart=(.+)$/gm)]
  const words = starts.length === 1 ? (starts[0]?.[1] ?? '').trim().split(/\s+/).map(bare) : []
  const [node] = words
  const found = words.map((word) => ENTRY.exec(word)).find((match) => match !== null)
  if (node === undefined || !/^\/.*\/node$/.test(node) || !found) return null
  const [, folder, entry] = found
  return folder === undefined || entry === undefined ? null : { node, package: folder, entry }
}

/** The unit with other programs; whatever else somebody wrote into it stays. */
export function withPrograms(
  text: string,
  { before, after, from, to }: { before: UnitPrograms; after: UnitPrograms; from: string; to: string },
): string {
  const started = (word: string) => {
    const path = bare(word)
    if (path === before.node) return word.replace(path, () => after.node)
    const isEntry = path === `${before.package}/${before.entry}`
    return isEntry ? word.replace(path, () => `${after.package}/${after.entry}`) : word
  }
  const folder = (path: string) => path.slice(0, path.lastIndexOf('/'))
  return text
    .split('\n')
    .map((line) => {
      if (line.startsWith('ExecStart=')) {
        const words = line.slice('ExecStart='.length).split(' ')
        return `ExecStart=${words.map(started).join(' ')}`
      }
      if (/^Environment="?PATH=/.test(line)) return line.replaceAll(folder(before.node), folder(after.node))
      if (/^Environment="?OPENCLAW_SERVICE_VERSION=|^Description=/.test(line))
        return line.replaceAll(from, to)
      return line
    })
    .join('\n')
}
