import { compareVersions } from '../openclaw/versions.ts'

/** The line of Node.js that is brought to a new node: later ones need a library that a minimal Debian has not. */
export const NODE_LINE = 24

/** What the packages of OpenClaw ask for (`engines.node`), the newest first. */
const NEEDS: readonly { since: string; ranges: readonly (readonly [from: string, before: string])[] }[] = [
  {
    since: '2026.9.6',
    ranges: [
      ['24.16.0', '25.0.0'],
      ['26.1.0', '99.0.0'],
    ],
  },
  {
    since: '2026.7.1',
    ranges: [
      ['22.22.3', '23.0.0'],
      ['24.15.0', '25.0.0'],
      ['25.9.0', '99.0.0'],
    ],
  },
  { since: '2026.5.12', ranges: [['22.19.0', '99.0.0']] },
  { since: '0', ranges: [['22.16.0', '99.0.0']] },
]

/** Whether a Node.js runs an OpenClaw; an unknown OpenClaw is taken for the newest. */
export function nodeFits(node: string, openclaw: string | null): boolean {
  const version = node.replace(/^v/, '')
  const need = NEEDS.find(
    ({ since }) => openclaw === null || since === '0' || compareVersions(openclaw, since) >= 0,
  )
  return (need?.ranges ?? []).some(
    ([from, before]) => compareDotted(version, from) >= 0 && compareDotted(version, before) < 0,
  )
}

/** Orders `24.9.0` before `24.21.0`. */
export function compareDotted(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
