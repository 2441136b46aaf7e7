import type { backups as english } from '../en/backups.ts'

/** What is said of backups. */
export const backups = {
  'backup-problem.no-state': 'OpenClaw のディレクトリがありません',
  'backup-problem.forbidden': 'OpenClaw のディレクトリをログインユーザーが読めません',
  'backup-problem.no-gnu-tar': 'GNU tar がありません',
  'backup-problem.no-node': 'データベースを複製するための Node.js がありません',
  'backup-problem.no-room': 'データベースの複製を置く空き容量がディスクにありません',
  'backup-problem.no-list': 'ファイルの一覧を作れませんでした',
} as const satisfies Record<keyof typeof english, string>
