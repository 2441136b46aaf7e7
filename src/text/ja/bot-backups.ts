import type { botBackups as english } from '../en/bot-backups.ts'

/** What is said of backups of one bot, and of what becomes of it when it is restored. */
export const botBackups = {
  'command.bot.backup': 'バックアップ',
  'command.bot.backup.description':
    'ボット 1 つのセッション、ワークスペース、チャンネル、ジョブをバックアップ',
  'command.bot.restore': '復元',
  'command.bot.restore.description':
    '確認のうえ、ボット 1 つを以前の状態に復元（削除済みも可）。ゲートウェイは一時停止',
  'option.this-bot': 'ボット',
  'option.this-bot.description': 'ボット一覧に表示されるボットの ID',
  'operation.backup-bot': 'ボットのバックアップ',
  'operation.restore-bot': 'ボットの復元',
  'backups.of-bot': 'ボット {bot} のみ',
  'backup-bot.progress': 'ボット {bot} をバックアップしています…',
  'backup-bot.done': '{node} の {bot} をバックアップし、検証しました。',
  'backup-bot.partial': '{node} の {bot} をバックアップし検証しましたが、一部は取得できませんでした。',
  'backup-bot.failed': '{node} の {bot} のバックアップは検証に合格しませんでした。',
  'backup-bot.unknown': '{node} の {bot} のバックアップがどう終わったか不明です。',
  'backup-bot.told':
    '併せて保存：設定、チャンネルの割り当て {bindings} 件[、スケジュール済みジョブ {jobs} 件][、セッション {sessions} 件]',
  'backup-bot.problem': '読み取れず保存できなかった設定、チャンネル、またはジョブがあります：{reason}',
  'restore-problem.of-one-bot': 'ボット 1 つのバックアップです。bot restore を使ってください',
  'restore-problem.not-in-backup': 'このボットはバックアップに含まれていません',
  'restore-problem.shared-workspace': '別のボットがそのワークスペース、またはその上か下を使っています',
  'restore-problem.other-storage':
    'OpenClaw がセッションをデータベースに保存する前のバックアップです。ノード全体でのみ復元できます',
  'restore-bot.ask': '{node} のボット {bot} を復元しますか？',
  'restore-bot.ask.from-whole': 'ノード全体のバックアップから取り出します。',
  'restore-bot.ask.holds': 'このボットの内容：ファイル {files} 件、{bytes:bytes}[、セッション {sessions} 件]',
  'restore-bot.ask.there':
    'ボットは現在存在します（セッション：{sessions}）。次のセッションとファイルを置き換えます：',
  'restore-bot.ask.gone':
    'ボットは現在存在しません。OpenClaw が作り直した後、次の場所をその内容に置き換えます：',
  'restore-bot.ask.room': 'ノードの空き {free:bytes}、必要 {needed:bytes}',
  'restore-bot.ask.untold':
    'このバックアップには設定、チャンネル、ジョブの記録がないため、それらは元に戻りません。',
  'restore-bot.ask.settings-stay': '設定は現在のまま変わりません。',
  'restore-bot.ask.bindings': '再び割り当てるチャンネル：{names}',
  'restore-bot.ask.taken': '現在は別のボットに割り当てられており、そのままにするもの：{names}',
  'restore-bot.ask.jobs': 'スケジュール済みジョブ {count} 件を作り直します',
  'restore-bot.ask.jobs-unknown': '足りないジョブがどれか不明です。読み取れない場合は作り直しません。',
  'restore-bot.ask.effect':
    'ゲートウェイは数分間停止し、ノード上のすべてのボットが中断されます。置き換える内容は削除せずに退避し、失敗した場合は自動的に元へ戻します。',
  'restore-bot.progress': 'ボット {bot} を復元しています…',
  'restore-bot.step.settings': '設定を元に戻しています',
  'restore-bot.step.scheduling': 'スケジュール済みジョブを作り直しています',
  'restore-bot.done': '{node} の {bot} を復元し、稼働を確認しました',
  'restore-bot.partial': '{node} の {bot} を復元しましたが、一部は元どおりではありません',
  'restore-bot.failed': '{node} の {bot} は復元されませんでした',
  'restore-bot.unknown': '{node} の {bot} がどの状態にあるか不明です',
  'restore-bot.made.refused': 'OpenClaw はボットを作り直しませんでした。何も置き換えていません。',
  'restore-bot.made.unknown': 'OpenClaw がボットを作り直したかどうか不明です。何も置き換えていません。',
  'restore-bot.made.empty':
    'OpenClaw はボットを作り直しており、空の状態で残っている可能性があります。もう一度復元すると置き換わります。',
  'restore-bot.unread': 'セッションまたはフォルダーの一部をバックアップと照合できませんでした。',
  'restore-bot.sessions': 'バックアップのセッション {count} 件すべてが、ID もトークン数も一致しています。',
  'restore-bot.missing': 'バックアップのセッション {had} 件のうち {missing} 件がありません',
  'restore-bot.tokens': 'トークン数が当時と異なるセッションが {count} 件あります',
  'restore-bot.part.settings': '設定',
  'restore-bot.part.bindings': 'チャンネル',
  'restore-bot.part.jobs': 'スケジュール済みジョブ',
  'restore-bot.part-state.done': '元どおりです（ノードから読み直して確認）',
  'restore-bot.part-state.failed': '一部が元どおりではありません',
  'restore-bot.part-state.unknown': '不明',
  'restore-bot.part-state.taken': '一部は現在別のボットのもので、そのままにしました',
  'button.confirm-restore-bot': 'ボットを復元する',
} as const satisfies Record<keyof typeof english, string>
