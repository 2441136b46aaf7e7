import type { backups as english } from '../en/backups.ts'

/** What is said of backups. */
export const backups = {
  'backup-problem.no-state': 'OpenClaw 目录不存在',
  'backup-problem.forbidden': '登录用户无权读取 OpenClaw 目录',
  'backup-problem.no-gnu-tar': '没有 GNU tar',
  'backup-problem.no-node': '没有可用来复制数据库的 Node.js',
  'backup-problem.no-room': '磁盘上没有空间存放数据库的副本',
  'backup-problem.no-list': '无法生成文件列表',
} as const satisfies Record<keyof typeof english, string>
