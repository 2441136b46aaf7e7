import type { backups as english } from '../en/backups.ts'

/** What is said of backups. */
export const backups = {
  'backup-problem.no-state': 'OpenClaw 目录不存在',
  'backup-problem.forbidden': '登录用户无权读取 OpenClaw 目录',
  'backup-problem.no-gnu-tar': '没有 GNU tar',
  'backup-problem.no-node': '没有可用来复制数据库的 Node.js',
  'backup-problem.no-room': '磁盘上没有空间存放数据库的副本',
  'backup-problem.no-list': '无法生成文件列表',
  'archive-problem.malformed': '不是 tar 归档',
  'archive-problem.cut-off': '提前结束',
  'archive-problem.bad-name': '有条目的名称不可能是文件名',
  'archive-problem.absolute-path': '有条目使用绝对路径',
  'archive-problem.climbs-out': '有条目越出所在文件夹',
  'archive-problem.outside': '有条目位于请求范围之外',
  'archive-problem.through-link': '有条目会经由链接写入',
  'archive-problem.duplicate': '有条目重复出现',
  'archive-problem.hard-link': '有条目是硬链接',
  'archive-problem.special-file': '有条目是设备或管道',
  'archive-problem.unknown-type': '有条目的类型未知',
  'archive-problem.sparse': '有条目是稀疏文件',
  'archive-problem.bad-size': '有条目的大小不可能存在',
  'archive-problem.too-large': '超过允许的大小',
  'archive-problem.too-many-entries': '条目数超过上限',
  'archive-problem.name-too-long': '有条目的名称过长',
} as const satisfies Record<keyof typeof english, string>
