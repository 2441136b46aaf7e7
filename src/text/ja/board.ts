import type { board as source } from '../en/board.ts'

/** The board and the report for the next shift, in Japanese. */
export const board = {
  'operation.set-board': 'ボードの設定',
  'operation.shift-report': '引き継ぎレポート',
  'command.board': 'ボード',
  'command.board.description': 'フリート全体の状況',
  'command.board.on': 'オン',
  'command.board.on.description': 'フリートの現況を常に示すメッセージを、このチャンネルにピン留めします',
  'command.board.off': 'オフ',
  'command.board.off.description': 'そのメッセージを片付けます',
  'command.board.shift': '引き継ぎ',
  'command.board.shift.description': '未解決・実行中・保留中のものを、次の担当者向けにまとめます',
  'cli.board': 'フリートの現況を示すメッセージを、実行中のボットにピン留めさせます',
  'cli.operand.board': '表示するかどうか',
  'cli.option.board-channel': 'チャンネル ID（既定：アラートのチャンネル）',
  'board.set-on': 'ボード',
  'board.set-off': 'ボードなし',
  'board.state.shown': 'ピン留めしました。変化があるたびに更新されます。',
  'board.state.removed': 'メッセージはなくなりました。',
  'board.state.waiting':
    '記録しましたが、実行中のボットがまだ反映していません。チャンネルを確認し、ocm が動いていなければ起動してください。',
  'board.state.channel-gone': 'チャンネルがなくなったか、ボットから見えません。',
  'board.state.not-allowed':
    'ボットはそこに投稿できません。ocm doctor が示す権限を与えてください。1 分ごとに再試行します。',
  'board.state.not-pinned':
    '投稿しましたが、ピン留めできませんでした。ボットに「メッセージをピン留め」の権限を与え、もう一度ボードを設定してください。',
  'board.state.pins-full':
    '投稿しましたが、ピン留めできませんでした。チャンネルのピン留めが Discord の上限に達しています。古いものを外し、もう一度ボードを設定してください。',
  'board.state.deleted': 'メッセージが 2 回削除されたため、更新をやめました。',
  'board.age': '{when}時点の情報です。{minutes} 分より古い場合、ocm は動いていません。',
  'shift.title': 'フリート',
  'shift.registered': '登録',
  'shift.watched': '監視中',
  'shift.open': '未解決のインシデント {count} 件',
  'shift.nothing-open': '未解決のインシデントはありません',
  'shift.taken': '{who} が対応中',
  'shift.jobs': '実行中のジョブ {count} 件',
  'shift.snoozed': '保留中 {count} 件',
  'shift.all-muted': 'すべてのアラート',
  'shift.until': '{when} まで',
  'shift.maintenance': 'メンテナンス中 {count} 台',
  'shift.oldest-backup': '最も古いバックアップ：{node}（{when}）',
  'shift.without-backup': '検証済みのバックアップがないノード {count} 台',
  'shift.backup-unread': 'バックアップを読み取れなかったノード {count} 台',
  'shift.seen': 'すべてのノードを{when}以降に確認済み',
  'shift.not-seen': 'まだ確認していないノードがあります',
} as const satisfies Record<keyof typeof source, string>
