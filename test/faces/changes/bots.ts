import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxNodeSpec } from '../../../src/sandbox/stage/start-sandbox.ts'
import { alpha, type Changes, NODE } from './change.ts'

export const NODES: SandboxNodeSpec[] = [alpha()]

/** What is done to sessions, bots, and files. */
export const BOT_CHANGES: Changes = {
  'prevent-overflow': {},
  'compact-session': {},
  'reset-session': {},
  'fix-lint': {
    async before({ sandbox }) {
      chmodSync(join(sandbox.nodes.node(NODE).home, '.openclaw', 'openclaw.json'), 0o644)
      return undefined
    },
  },
  'backup-bot': {},
  'restore-bot': {},
  'remove-bot': {},
  'add-bot': {
    step: {
      input: ({ node }) => ({ node, id: 'news' }),
      discord: ({ node }) => ({ command: 'bot add', options: { node, id: 'news' } }),
      cli: ({ node }) => ['bot', 'add', node, 'news', '--yes'],
    },
  },
}
