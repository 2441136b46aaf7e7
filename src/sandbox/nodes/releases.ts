/** The releases that an embedded node can be, oldest first; what they do was seen on real gateways. */
export const OPENCLAW_VERSIONS = [
  '2026.2.17',
  '2026.3.31',
  '2026.4.14',
  '2026.5.12',
  '2026.6.8',
  '2026.7.1',
  '2026.8.1',
  '2026.9.6',
] as const

/** A release that an embedded node can be. */
export type OpenClawVersion = (typeof OPENCLAW_VERSIONS)[number]

/** Whether a release is the named one or a later one. */
export function isSince(version: OpenClawVersion, first: OpenClawVersion): boolean {
  return OPENCLAW_VERSIONS.indexOf(version) >= OPENCLAW_VERSIONS.indexOf(first)
}

/** What `openclaw --version` prints, the Node.js below, and which Node.js the package asks for. */
export const PROGRAMS: Readonly<Record<OpenClawVersion, { prints: string; node: string; engines: string }>> =
  {
    '2026.2.17': { prints: '2026.2.17', node: '22.22.3', engines: '>=22.12.0' },
    '2026.3.31': { prints: 'OpenClaw 2026.3.31 (213a704)', node: '22.22.3', engines: '>=22.14.0' },
    '2026.4.14': { prints: 'OpenClaw 2026.4.14 (323493f)', node: '22.22.3', engines: '>=22.14.0' },
    '2026.5.12': { prints: 'OpenClaw 2026.5.12 (f066dd2)', node: '24.21.0', engines: '>=22.16.0' },
    '2026.6.8': { prints: 'OpenClaw 2026.6.8 (844f405)', node: '24.21.0', engines: '>=22.19.0' },
    '2026.7.1': {
      prints: 'OpenClaw 2026.7.1 (2d2ddc4)',
      node: '24.21.0',
      engines: '>=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0',
    },
    '2026.8.1': {
      prints: 'OpenClaw 2026.8.1 (ea80657)',
      node: '24.21.0',
      engines: '>=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0',
    },
    '2026.9.6': {
      prints: 'OpenClaw 2026.9.6 (eb377ac)',
      node: '24.21.0',
      engines: '>=24.16.0 <25 || >=26.1.0',
    },
  }
