import type { additions as english } from '../en/additions.ts'

/** What is said of additions of nodes. */
export const additions = {
  'add-step.ssh': 'SSH とマシン',
  'add-step.validate': '空き容量とポート',
  'add-step.nodejs': 'Node.js',
  'add-step.openclaw': 'OpenClaw',
  'add-step.configuration': '設定',
  'add-step.credentials': 'トークンとキー',
  'add-step.service': 'サービス',
  'add-step.linger': 'linger',
  'add-step.start': '起動',
  'add-step.readiness': '準備完了',
  'add-step.pairing': 'デバイスのペアリング',
  'add-step.registry': 'レジストリ',
  'add-step.first-backup': '初回バックアップと確認',
  'add-fault.port-taken':
    'ゲートウェイのポートを別のプログラムが使っています。停止するか、別のポートを指定してください。',
  'add-fault.no-room': 'ディスクの空きが足りません。空けてから再開してください。',
  'add-fault.no-inodes':
    'ファイルシステムの空き inode が足りません。ファイルを減らしてから再開してください。',
  'add-fault.no-memory': 'ゲートウェイを動かすにはメモリが足りません。',
  'add-fault.wrong-machine':
    'OpenClaw に必要な、glibc を備えた 64 ビットの x86 または ARM の Linux ではありません。',
  'add-fault.no-user-services':
    'ログインユーザーの systemd が応答しません。libpam-systemd と dbus-user-session を入れ、ログインし直してから再開してください。',
  'add-fault.tools-missing': '必要なプログラムがありません。インストールしてから再開してください。',
  'add-fault.node-source':
    'Node.js のアーカイブを入手できません。アーカイブのあるフォルダーを OCM_PROGRAM_SOURCE に設定してから再開してください。',
  'add-fault.checksum':
    'アーカイブのチェックサムが一覧と一致しないため、何も送っていません。置き換えてから再開してください。',
  'add-fault.node-broken': '送った Node.js がそのマシンで動きません。',
  'add-fault.openclaw-source':
    'この OpenClaw のアーカイブがなく、ノードの npm は自身のレジストリからも ocm のレジストリからも入手できません。アーカイブを置いてから再開してください。',
  'add-fault.forward-refused':
    'そこの sshd は、ocm がノードのループバックだけで待ち受けることを許可していないため、npm が使えるレジストリがありません。AllowTcpForwarding を yes か remote に、GatewayPorts を no にするか、アーカイブを置いてから再開してください。',
  'add-fault.openclaw-other':
    '別のバージョンの OpenClaw が入っています。そのバージョンを指定するか、指定を省いてください。',
  'add-fault.openclaw-broken': 'そこにある OpenClaw がバージョンを返しません。',
  'add-fault.config-refused':
    'OpenClaw が設定を受け付けません。ノードの openclaw.json を直してから再開してください。',
  'add-fault.secret-missing':
    'ocm のマシンにシークレットがありません。OCM_DATA_DIR の secrets フォルダーに 0600 で置いてから再開してください。',
  'add-fault.secret-open': 'シークレットのファイルを他人が読めます。0600 にしてから再開してください。',
  'add-fault.write-failed':
    'ノードが受け取ったものを書き込めませんでした。ディスクを確かめてから再開してください。',
  'add-fault.service-foreign':
    'ゲートウェイと同じ名前のユニットがすでにあり、別のものを起動します。名前を変えるか削除してから再開してください。',
  'add-fault.service-refused': 'OpenClaw が systemd サービスを用意できませんでした。',
  'add-fault.linger-denied':
    'ログインユーザーは linger を有効にできません。root が要る唯一の手順です。そのマシンで sudo loginctl enable-linger をそのユーザーに対して実行してから再開してください。',
  'add-fault.start-refused': 'systemd がゲートウェイを起動しませんでした。',
  'add-fault.gateway-failed':
    'ゲートウェイは応答せずに終了しました。ログの原因を直してから再開してください。',
  'add-fault.gateway-slow': 'ゲートウェイが時間内に準備できませんでした。再開すると改めて確かめます。',
  'add-fault.gateway-refuses': 'ゲートウェイが自身の設定のトークンを拒否します。',
  'add-fault.not-registered': 'ノードは稼働していますが、レジストリに書き込めませんでした。',
  'add-fault.backup-failed':
    'ノードは稼働し監視されていますが、初回バックアップに失敗しました。再開するとやり直します。',
  'add-fault.stopped': '停止されました。再開するとここから続けます。',
  'add-fault.silent': '手順の途中で接続が切れ、どこまで進んだかわかりません。再開すると確かめて続けます。',
  'add-fault.unreachable': 'マシンに届かないか、ログインを拒否されました。',
  'add-fault.other': '原因を特定できないまま手順が失敗しました。',
  'add.ask': '{host} をノードにしますか？',
  'add.ask.resume': '{node} の追加を続けますか？',
  'add.ask.effect':
    '13 の手順を、それぞれ前後に確かめながら進めます。すでにあるものはそのまま使います。失敗した手順で止まり、再開または取り消しができます。',
  'add.ask.done-before': '前回の {count} 手順の結果を引き継ぎます。',
  'add.ask.commands': '必要な場合に実行するコマンド',
  'add.ask.secret': 'プロバイダーのキー：ocm のマシンのシークレット {secret}',
  'add.ask.no-secret': 'プロバイダーのキーなし：キーが入るまで応答しません。',
  'add.ask.key-kept': 'ホスト鍵は前回と同じです。',
  'add.progress': '{node} を追加しています…',
  'add.done': '{node} は稼働し、監視されています',
  'add.failed': '{node} はまだ追加されていません',
  'add.unknown': '{node} がどこまで進んだかわかりません',
  'add.took': '合計 {took:duration}',
  'add.next':
    '「再開」で止まったところから続け、「取り消す」でマシンを元に戻します。何もしなければこのまま残ります。',
  'add.next.nothing': 'マシンには何も変更していません。',
  'add.not-needed': '不要',
  'add.said': '出力',
  'undo-add.ask': '{node} の追加を取り消しますか？',
  'undo-add.ask.effect': 'ゲートウェイを停止し、次の場所を中身ごと削除します：',
  'undo-add.ask.nothing': 'マシンには何も変更していません。追加の記録だけを消します。',
  'undo-add.ask.registered': 'レジストリの項目も消します。バックアップは残ります。',
  'undo-add.progress': '{node} の追加を取り消しています…',
  'undo-add.done': '{node} は元の状態に戻りました',
  'undo-add.failed': '{node} のすべては取り消せませんでした',
  'undo-add.unknown': '{node} に何が残っているかわかりません',
  'undo-add.left': '残っています：{path}',
  'undo-add.next': '{/node add-undo} をもう一度実行すると、残りを取り消します。',
  'button.confirm-add': '追加する',
  'button.confirm-undo-add': '取り消す',
  'button.resume': '再開',
  'button.undo': '取り消す…',
  'operation.add-node': '追加',
  'operation.undo-add-node': '追加の取り消し',
  'command.node.add': '追加',
  'command.node.add.description': 'まっさらなマシンを稼働・監視されるノードにする。止まった追加の続きも',
  'command.node.add-undo': '追加取消',
  'command.node.add-undo.description': '終わらなかった追加を取り消し、マシンを元に戻す',
  'option.version': 'バージョン',
  'option.version.description': 'OpenClaw のバージョン（既定：そこにあるもの、なければ最新のアーカイブ）',
  'option.model': 'モデル',
  'option.model.description': '最初のボットのモデル（provider/model）',
  'option.secret': 'シークレット',
  'option.secret.description': 'プロバイダーのキーを収めたシークレットの名前（例：ANTHROPIC_API_KEY）',
  'add.form': '{node} を追加',
  'cli.option.dry-run': 'コマンドを含む計画を表示し、何もしない',
} as const satisfies Record<keyof typeof english, string>
