import type { keys as source } from '../en/keys.ts'

/** The key by which ocm logs in, in Japanese. */
export const keys = {
  'operation.restrict-key': '制限付きの鍵',
  'cli.group.key': 'ocm がログインに使う鍵',
  'cli.command.key.restrict': 'ノード上の鍵を ocm の日常の操作だけに制限するものを出力します',
  'cli.option.public-key': '公開鍵をこのファイルから、- の場合は標準入力から読む',
  'cli.key.restrict':
    '状態の確認・ログの閲覧・再起動だけができる鍵を、ノード {node} に置きます。ocm のログインユーザーで、そのノード上で実行してください。',
  'cli.key.without-program':
    '{node} の OpenClaw の場所が不明なため、停止中のゲートウェイのデータベースにあるセッションは読み取れません。',
  'cli.key.sshd':
    'root が次の内容を /etc/ssh/sshd_config.d/ocm.conf に置き、sshd を再読み込みしてください。鍵の側だけでは、マシンのソケットへの転送を禁止できません。',
} as const satisfies Record<keyof typeof source, string>
