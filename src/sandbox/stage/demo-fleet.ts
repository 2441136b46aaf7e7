import type { SandboxNodeSpec } from './start-sandbox.ts'

/** Without thinking OpenClaw asks for 32,000 tokens of output: the provider of the demo reserves the same. */
const maxTokens = 32_000

/**
 * The demo's fleet: a healthy node, one whose agent is nearly full, an old OpenClaw, one that is down, a newcomer, and
 * three with an OpenClaw that can be updated together.
 */
export const DEMO_FLEET: SandboxNodeSpec[] = [
  {
    id: 'tokyo-1',
    name: 'Tokyo 1',
    version: '2026.9.6',
    tags: ['prod', 'asia'],
    agents: [
      {
        id: 'main',
        sessions: [
          { key: 'agent:main:main', totalTokens: 42_300, maxTokens },
          { key: 'agent:main:discord:channel:1101', totalTokens: 71_900, maxTokens },
        ],
      },
      { id: 'writer', sessions: [{ key: 'agent:writer:main', totalTokens: 18_200, maxTokens }] },
    ],
    channels: [{ id: 'discord', label: 'Discord', running: true, connected: true }],
    bindings: [{ agent: 'writer', channel: 'discord', account: 'writer' }],
  },
  {
    id: 'osaka-2',
    name: 'Osaka 2',
    version: '2026.9.6',
    tags: ['prod', 'asia'],
    agents: [
      { id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 60_100, maxTokens }] },
      {
        id: 'research',
        sessions: [
          // Crosses every level within the first minute of a demo, then meets the provider's refusal.
          {
            key: 'agent:research:telegram:group:77',
            totalTokens: 127_000,
            maxTokens,
            growPerTurn: 3_500,
            turnEveryMs: 6_000,
          },
        ],
      },
    ],
    channels: [{ id: 'telegram', label: 'Telegram', running: true, connected: true }],
    bindings: [{ agent: 'research', channel: 'telegram' }],
    disk: { totalBytes: 120e9, usedPercent: 79 },
  },
  {
    id: 'berlin-3',
    name: 'Berlin 3',
    version: '2026.2.17',
    tags: ['staging', 'europe'],
    agents: [
      { id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 33_000, maxTokens }] },
      { id: 'ops', sessions: [{ key: 'agent:ops:main', totalTokens: null, maxTokens }] },
    ],
    latencyMs: 25,
  },
  {
    id: 'austin-4',
    name: 'Austin 4',
    version: '2026.9.6',
    tags: ['staging', 'us'],
    agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 12_000, maxTokens }] }],
    state: 'down',
  },
  ...[
    { id: 'oslo-7', name: 'Oslo 7' },
    { id: 'lima-8', name: 'Lima 8', linger: false },
    { id: 'cairo-9', name: 'Cairo 9' },
  ].map(
    (node): SandboxNodeSpec => ({
      ...node,
      version: '2026.8.1',
      tags: ['edge'],
      agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 9_000, maxTokens }] }],
    }),
  ),
  {
    id: 'spare-5',
    name: 'Spare 5',
    version: '2026.9.6',
    agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 4_000, maxTokens }] }],
    registered: false,
  },
  { id: 'bare-6', name: 'Bare 6', version: '2026.9.6', agents: [], bare: true, registered: false },
]
