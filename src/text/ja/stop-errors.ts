import type { stopErrors as source } from '../en/stop-errors.ts'

/** What was stopped before it changed anything, in Japanese. */
export const stopErrors = {
  'error.stopped': '[{by} が]停止しました。[「{node}」は]何も変更していません。',
  'error.stopped.next': 'すべて元のままです。必要なときにもう一度実行してください。',
  'error.backup-stopped': '[{by} が][「{node}」の]バックアップを中止しました。',
  'error.backup-stopped.next': '何も残しておらず、ノードも元のままです。必要なときに再実行してください。',
  'error.decommission-stopped':
    '[{by} が]撤去[（「{node}」）]を中止しました。ゲートウェイは停止しておらず、何も削除していません。',
  'error.decommission-stopped.next': 'ノードは元のままです。準備ができたらもう一度実行してください。',
  'error.restore-stopped':
    '[{by} が]復元[（「{node}」）]を中止しました。ゲートウェイは停止しておらず、何も置き換えていません。',
  'error.restore-stopped.next':
    'ノードは元のままです。必要なときにもう一度実行してください。転送した分は削除されます。',
  'error.update-stopped':
    '[{by} が]更新[（「{node}」）]を準備中に中止しました。ゲートウェイは止めていません。',
  'error.update-stopped.next':
    'ノードは元のまま動いています。続けるには同じ更新をもう一度実行してください。送り終えたものはそのまま使います。',
} as const satisfies Record<keyof typeof source, string>
