import type { stopErrors as source } from '../en/stop-errors.ts'

/** What was stopped before it changed anything, in Chinese. */
export const stopErrors = {
  'error.stopped': '已[由 {by}]停止，[“{node}”]没有任何改动。',
  'error.stopped.next': '一切保持原样。可随时再次运行。',
  'error.backup-stopped': '[节点“{node}”的]备份已[由 {by}]停止。',
  'error.backup-stopped.next': '没有保留任何内容，节点保持原样。可随时再次执行。',
  'error.decommission-stopped': '下线[节点“{node}”]已[由 {by}]中止；网关没有停止，也没有删除任何内容。',
  'error.decommission-stopped.next': '节点保持原样。准备好后请重新运行。',
  'error.restore-stopped': '恢复[节点“{node}”]已[由 {by}]中止；网关没有停止，也没有替换任何内容。',
  'error.restore-stopped.next': '节点保持原样。可随时再次运行；已传输的内容会被删除。',
  'error.update-stopped': '[“{node}”的]更新在准备时已[由 {by}]中止；网关没有停止。',
  'error.update-stopped.next': '节点仍运行原来的版本。要继续，请再次运行同一更新；已送到的内容会继续使用。',
} as const satisfies Record<keyof typeof source, string>
