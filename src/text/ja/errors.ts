import type { errors as source } from '../en/errors.ts'
import { approvalErrors } from './approval-errors.ts'
import { hostKeyErrors } from './host-key-errors.ts'
import { requestErrors } from './request-errors.ts'
import { stopErrors } from './stop-errors.ts'

/** Errors in Japanese. */
export const errors = {
  ...approvalErrors,
  ...hostKeyErrors,
  ...requestErrors,
  ...stopErrors,
  'error.invalid-input': '入力内容が正しくありません[：{field}][「{given}」][（{problem@problem}）]。',
  'error.invalid-input.next': '修正して、もう一度コマンドを実行してください。',
  'error.unknown-node': 'ノード[「{node}」]は存在しないか、閲覧する権限がありません。',
  'error.unknown-node.next': '候補から選ぶか、{/node list} で確認してください。',
  'error.node-exists': 'ID[「{node}」]のノードはすでに登録されています。',
  'error.node-exists.next': '別の ID を指定するか、既存のノードを使ってください。',
  'error.address-exists': 'このアドレスはすでに[「{node}」として]登録されています。',
  'error.address-exists.next':
    '既存のノードを使うか、ホストとポートを確認してください。同じ場所の別のゲートウェイなら、その状態ディレクトリを指定してください。',
  'error.unknown-session': '[「{node}」に]セッション[「{session}」]はありません。',
  'error.unknown-session.next':
    'リセットまたは名前が変更された可能性があります。{/node status} を確認してください。',
  'error.unknown-incident': 'インシデント[「{incident}」]はありません。',
  'error.unknown-incident.next':
    'すでに解決して削除された可能性があります。アラートのチャンネルを確認してください。',
  'error.unknown-addition': '[「{node}」の]終わっていない追加はありません。',
  'error.unknown-addition.next': '始めるにはホストも指定してください：{/node add}。',
  'error.addition-unfinished': '別のマシンでの[「{node}」の]追加が終わっていません。',
  'error.addition-unfinished.next': '{/node add-undo} で取り消すか、ホストを指定せずに続けてください。',
  'error.secret-missing': 'ocm のマシンにシークレット[ {secret} ]がありません。',
  'error.secret-missing.next': 'OCM_DATA_DIR の secrets フォルダーに、1 行、0600 で置いてください。',
  'error.secret-open': 'ocm のマシンのシークレット[ {secret} ]を他人が読めます。',
  'error.secret-open.next': 'ファイルのモードを 0600 にしてください。',
  'error.nothing-to-fix':
    '「{node}」に ocm が修正できるものはありません[（ほかの人の作業が要る指摘：{left} 件）]。',
  'error.nothing-to-fix.next': '見つかったものと直し方は {/node lint} で確認してください。',
  'error.nothing-to-change': 'ノード[「{node}」]はすでにその内容です。',
  'error.nothing-to-change.next':
    '変更する項目を指定してください。現在の内容は {/node status} で確認できます。',
  'error.incident-over': '対応は不要です。インシデント {incident} は解決済みです。',
  'error.incident-over.next': '未解決のものは {/alert list} で確認できます。',
  'error.rules-contradict':
    '指定した値が矛盾しています[：「{lower@rule}」は「{upper@rule}」より小さい必要があります][：{problem@problem}]。',
  'error.rules-contradict.next': '注意は警告より低く、警告は重大より低くしてください。',
  'error.sessions-unreadable': '[「{node}」の]セッションを読み取れません[（{reason@reason}）]。',
  'error.sessions-unreadable.next': '原因は {/node status} で確認できます。',
  'error.no-remedy': 'このセッション[（モデル {model}）]に適用できる恒久対策はありません。',
  'error.no-remedy.next': 'セッションを圧縮するか、新しいセッションを始めてください。',
  'error.bot-exists': '「{node}」にはボット「{bot}」がすでにあります。',
  'error.bot-exists.next': '別の ID を選んでください。使用中の ID は {/bot list} で確認できます。',
  'error.unknown-bot': '「{node}」にボット「{bot}」はありません。',
  'error.unknown-bot.next': '{/bot list} で、あるボットを確認できます。',
  'error.bot-kept': '「{node}」の「{bot}」は削除しません：{why@bot-kept}。',
  'error.bot-kept.next': '先にノード側でそれを変更してから、もう一度お試しください。',
  'error.workspace-refused': 'ボットは {workspace} では作業できません：{why@workspace-problem}。',
  'error.workspace-refused.next':
    'ログインユーザーのホーム以下の別のフォルダーを指定するか、省略してください。',
  'error.binding-taken': '{binding} はすでに「{node}」のボット「{bot}」に割り当てられています。',
  'error.binding-taken.next': '先にノード上でそのボットから外すか、別のアカウントを割り当ててください。',
  'error.config-elsewhere': '「{node}」の{what@config-part}は、ゲートウェイからは書き込めません。',
  'error.config-elsewhere.next':
    '別のファイルから取り込まれているか、ゲートウェイが隠す秘密と並んでいます。ノード上で変更してください。',
  'error.node-retired': 'ノード[「{node}」]は引退済みです。',
  'error.node-retired.next': '先に {/node unretire} で復帰させてください。',
  'error.node-not-retired': 'ノード[「{node}」]は引退していません。',
  'error.node-not-retired.next': '対応は不要です。状態は {/node status} で確認できます。',
  'error.node-not-in-maintenance': 'ノード[「{node}」]はメンテナンス中ではありません。',
  'error.node-not-in-maintenance.next': '何もする必要はありません。{/node status} を確認してください。',
  'error.reason-needed': '理由なしでノードをメンテナンスに入れることはできません。',
  'error.reason-needed.next': '理由を付けてもう一度実行してください。一覧でチームに表示されます。',
  'error.not-allowed':
    'この操作を行う権限がありません[（{operation@operation}には{level@access}以上の権限が必要です）]。[{why@not-allowed}。]',
  'error.not-allowed.next': 'ocm の管理者にロールの付与を依頼するか、権限のある人に頼んでください。',
  'error.node-busy': 'このノードでは別の操作が進行中です[（{operation@operation}）]。',
  'error.node-busy.next': '完了を待ってから、もう一度お試しください。',
  'error.interview-stopped': '最後の質問の前に中断されました。何も書き込まれていません。',
  'error.interview-stopped.next': 'もう一度コマンドを実行してください。',
  'error.confirmation-needed': 'この操作には確認が必要です[（{operation@operation}）]。',
  'error.confirmation-needed.next': 'コマンドをもう一度実行し、表示されたカードのボタンを押してください。',
  'error.confirmation-expired': '確認の期限が切れました。何も実行していません。',
  'error.confirmation-expired.next': 'コマンドをもう一度実行してください。',
  'error.confirmation-used': 'この確認はすでに使われています。',
  'error.confirmation-used.next': '{/node status} で現状を確かめ、必要ならコマンドを再実行してください。',
  'error.confirmation-foreign': 'このボタンを押せるのは、コマンドを実行した本人だけです。',
  'error.confirmation-foreign.next': 'ご自身でコマンドを実行して確認してください。',
  'error.plan-changed': '確認を求めた後に状況が変わったため、何も実行していません。',
  'error.plan-changed.next': 'コマンドをもう一度実行し、現在の内容を確認してください。',
  'error.turns-running': '[{count} 件のターンが実行中のため、]ノードを再起動しませんでした。',
  'error.turns-running.next': 'ターンの完了を待つか、完了を待たない設定で再起動してください。',
  'error.restart-impossible': 'このノードを再起動する方法がありません[（{reason@reason}）]。',
  'error.restart-impossible.next':
    'マシン上で、そこでの方法によりゲートウェイを起動してください。ユニットが動かしている場合は {/node edit} で指定してください。',
  'error.service-unreadable':
    'ノード[「{node}」]のゲートウェイがどのように動かされているか読み取れませんでした[（{reason@reason}）]。',
  'error.service-unreadable.next':
    '何も実行していません。ノードの応答が戻ってから再度お試しください。状態は {/node status} で確認できます。',
  'error.work-unreadable':
    'ノード[「{node}」]が処理中の作業を読み取れなかったため[（{reason@reason}）]、再起動していません。',
  'error.work-unreadable.next':
    '再度お試しください。作業を中断してよい場合は、完了を待たずに再起動してください。',
  'error.not-supported': 'このノードでは対応していない操作です[：{what}]。',
  'error.not-supported.next': '{/node status} で OpenClaw のバージョンを確認してください。',
  'error.node-unreachable': 'ノード[「{node}」]に SSH で到達できません[（{reason@reason}）]。',
  'error.node-unreachable.next': 'マシンの稼働状況と、アドレス・ポート・ファイアウォールを確認してください。',
  'error.auth-failed': 'ノード[「{node}」]が SSH ログイン[（ユーザー {user}）]を拒否しました。',
  'error.auth-failed.next': 'ocm の公開鍵をログインユーザーの ~/.ssh/authorized_keys に追加してください。',
  'error.second-factor':
    'ノード[「{node}」]は ocm の鍵を受け入れましたが、さらに第 2 の認証[（{methods}）]を求めています。',
  'error.second-factor.next':
    'ocm は応答できません。ノードの sshd_config で、このログインを鍵だけで許可してください（Match User と AuthenticationMethods publickey）。',
  'error.certificate-not-valid':
    'ノード[「{node}」]が SSH ログインを拒否しました。ocm の証明書は有効期間外です[（開始：{from}）][（終了：{until}）]。',
  'error.certificate-not-valid.next':
    '新しい証明書を発行してもらい、古いものと置き換えてください。次のログインから使われます。このマシンの時計も確認してください。',
  'error.certificate-principal':
    'ノード[「{node}」]が SSH ログイン[（ユーザー {user}）]を拒否しました。ocm の証明書はこのユーザーに対して発行されていません[（対象：{principals}）]。',
  'error.certificate-principal.next':
    'このユーザーを証明書に加えて（ssh-keygen -n）発行し直すか、{/node edit} で別のログインユーザーを指定してください。',
  'error.certificate-refused': 'ノード[「{node}」]は ocm の証明書でのログイン[（{user}）]も拒否しました。',
  'error.certificate-refused.next':
    'ノードがその認証局を信頼し（TrustedUserCAKeys）、このユーザーのログインを許可しているか確認してください。または、ocm の公開鍵をログインユーザーの ~/.ssh/authorized_keys に追加してください。',
  'error.hardware-key-unused':
    'ノード[「{node}」]が SSH ログイン[（ユーザー {user}）]を拒否しました。エージェントの FIDO 鍵はログインごとにタッチが必要なため、ocm では使えません。',
  'error.hardware-key-unused.next':
    'ハードウェアを使わない ocm 専用の鍵を用意し、ログインユーザーの ~/.ssh/authorized_keys に追加してください。',
  'error.key-unusable': 'ocm の SSH 鍵が使えません[（{why@key-problem}）]。',
  'error.key-unusable.next': 'ocm の設定で、鍵ファイル・パスフレーズ・SSH エージェントを確認してください。',
  'error.key-restricted':
    'ocm の SSH 鍵では[ {node} に対して]この操作はできません。確認・ログ・再起動だけに制限されています。',
  'error.key-restricted.next':
    'この操作のときだけ、シェルで OCM_SSH_FULL_KEY=~/.ssh/ocm-full ocm … のように制限のない鍵を指定してください。',
  'error.forwarding-refused':
    'ノード[「{node}」]の SSH サーバーは、ノードからのポート転送を許可していません。',
  'error.forwarding-refused.next':
    'ノードの sshd_config で許可してください：AllowTcpForwarding yes または remote。',
  'error.kex-unsupported':
    'ノード[「{node}」]の SSH サーバーが許可する鍵交換や暗号に、ocm の使えるものがありません。',
  'error.kex-unsupported.next':
    'ocm は耐量子鍵交換に対応していません。ノードの sshd_config の KexAlgorithms で curve25519-sha256 を許可し、サーバーが古い場合は更新してください。',
  'error.connection-lost': '結果が判明する前に[「{node}」との]接続が切れました。',
  'error.connection-lost.next':
    '処理は完了している可能性があります。再試行の前に {/node status} を確認してください。',
  'error.deadline':
    '[「{node}」から]時間内[（{ms:duration}）][（{seconds:seconds}）]に応答がありませんでした。結果は不明です。',
  'error.deadline.next': '処理が続いている可能性があります。再試行の前に {/node status} を確認してください。',
  'error.output-limit': 'ノード[「{node}」]の出力が ocm の上限[（{bytes:bytes}）]を超えました。',
  'error.output-limit.next': '行数を減らすなどして、要求する量を減らしてください。',
  'error.remote-command-failed':
    'ノード[「{node}」]上のコマンドが失敗しました[（終了コード {exitCode:digits}）]。',
  'error.remote-command-failed.next': '下の出力を確認し、続けて {/node logs} を確認してください。',
  'error.cancelled': '処理は完了前に中断されました。結果は不明です。',
  'error.cancelled.next': '{/node status} を確認し、必要なら再実行してください。',
  'error.gateway-unreachable': '[「{node}」の]OpenClaw ゲートウェイが応答しません[（{reason@reason}）]。',
  'error.gateway-unreachable.next':
    '原因は {/node status} で確認できます。停止しているゲートウェイは {/node restart} で起動できます。処理中で応答が遅いだけなら自然に戻り、再起動するとその作業が失われます。',
  'error.gateway-auth-failed': '[「{node}」の]OpenClaw ゲートウェイがトークンを受け入れませんでした。',
  'error.gateway-auth-failed.next': 'ノードの OpenClaw 設定の gateway.auth を確認してください。',
  'error.gateway-protocol': '[「{node}」の]OpenClaw ゲートウェイのプロトコルに ocm は対応していません。',
  'error.gateway-protocol.next': 'ノードの OpenClaw か ocm を更新してください。',
  'error.gateway-refused':
    '[「{node}」の]OpenClaw ゲートウェイが要求[ {method} ]を拒否しました[（{code}）]。',
  'error.gateway-refused.next': '下の応答を読み、OpenClaw のバージョンを確認してください。',
  'error.backup-impossible': 'ノード[「{node}」]をバックアップできません[：{why@backup-problem}]。',
  'error.backup-impossible.next':
    'ノード側の原因を取り除いてから、もう一度バックアップしてください。ノードには何も残っていません。',
  'error.backup-torn': 'バックアップ[（{node}）]は、ノードが完了を知らせる前に途切れました。',
  'error.backup-torn.next': 'この分はバックアップとして扱われません。もう一度実行してください。',
  'error.archive-refused':
    'ノード[「{node}」]から送られた内容は、バックアップとして受け取れません[：{why@archive-problem}]。',
  'error.archive-refused.next': '何も保存していません。下に示す項目をノード上で確認してください。',
  'error.unknown-backup': 'バックアップ[「{backup}」]はありません。',
  'error.unknown-backup.next': 'バックアップの一覧から選んでください。',
  'error.backup-damaged': 'ocm に保存されたバックアップ[「{backup}」]が壊れています。',
  'error.backup-damaged.next':
    '別のバックアップを使い、新しく取り直してください。ocm が動くマシンのディスクも確認してください。',
  'error.backup-key-needed':
    'バックアップ[「{backup}」]は暗号化されており、復号できる秘密鍵がここにありません。何も変更していません。',
  'error.backup-key-needed.next':
    '秘密鍵のファイルをモード 0600 でこのマシンに置き、OCM_BACKUP_IDENTITY_FILE に指定してもう一度実行してください。手作業で復号する方法は docs/backup.md にあります。',
  'error.backup-key-unusable':
    'バックアップの秘密鍵のファイル[ {path} ]を使えません[：{why@identity-problem}]。何も変更していません。',
  'error.backup-key-unusable.next':
    'ファイルは読み取り可能かつモード 0600 で、AGE-SECRET-KEY-1… の行が必要です。設定は OCM_BACKUP_IDENTITY_FILE です。',
  'error.backup-last-good': 'バックアップ[「{backup}」]はこのノードの最後の正常なものなので、削除しません。',
  'error.backup-last-good.next': '先に新しいバックアップを取ってください。',
  'error.backup-disk-floor':
    'バックアップ用ディスクの空きが足りなくなります[（空き {free}、確保する空き {floor}）]。',
  'error.backup-disk-floor.next':
    'ocm が動くマシンの空き容量を増やすか、古いバックアップを削除してください。',
  'error.id-mistyped': '入力された文字がノード[「{node}」]の ID と一致しません。',
  'error.id-mistyped.next': '{/node list} に表示される ID をそのまま入力してください。何も行っていません。',
  'error.decommission-impossible': 'ノード[「{node}」]は撤去できません[：{why@decommission-problem}]。',
  'error.decommission-impossible.next':
    '何も変更していません。原因を取り除くか、{/node retire} で引退させてください。',
  'error.restore-impossible':
    'ノード[「{node}」]はこのバックアップから復元できません[：{why@restore-problem}]。',
  'error.restore-impossible.next':
    '何も変更していません。原因を取り除くか、{/node backups} で別のバックアップを選んでください。',
  'error.restore-torn': '復元[（「{node}」）]は、停止や置き換えの前に中断しました。',
  'error.restore-torn.next': 'ノードは元のままです。もう一度実行してください。転送した分は削除されます。',
  'error.restore-settled':
    '以前の復元[（「{node}」）]が途中で中断していました。その前の状態に戻し、ゲートウェイを起動しました。今回の復元は始めていません。',
  'error.restore-settled.next':
    '{/node status} を確認してから、もう一度復元してください。計画は今の状態に合わせて作り直されます。',
  'error.restore-unsettled':
    '以前の復元[（「{node}」）]が途中で中断していました。元に戻せたかどうかは不明です。',
  'error.restore-unsettled.next':
    'ゲートウェイが停止している可能性があります。以前の状態は元の場所の隣に ….before-restore-… の名前で残っています。ノードが応答したら {/node restore} をもう一度実行してください。最初に元へ戻します。',
  'error.update-impossible':
    'ノード[「{node}」]は更新できません[：{why@update-problem}][（{from} → {to}）]。',
  'error.update-impossible.next': '何も変更していません。原因を取り除いてから、もう一度更新してください。',
  'error.update-torn': 'ゲートウェイを止める前に更新[（「{node}」）]が中断しました。[{why@add-fault}]',
  'error.update-torn.next':
    'ノードは元のまま動いています。もう一度実行すると、送り終えたものはそのまま使います。',
  'error.openclaw-missing': 'ノード[「{node}」]に OpenClaw が見つかりません。',
  'error.openclaw-missing.next':
    'ログインユーザーで OpenClaw をインストールするか、OpenClaw のパスを修正してください。',
  'error.service-impossible': 'ここでは ocm をサービスにできません：{why@service-problem}[（{file}）]。',
  'error.service-impossible.next': '{why@service-remedy}',
  'error.service-failed': '「{command}」が失敗しました。',
  'error.service-failed.next': '出力を確認して直し、もう一度「ocm service install」を実行してください。',
  'error.registry-damaged': 'レジストリファイル[ {file} ]が壊れています[：{problem@problem}]。',
  'error.registry-damaged.next': '直近の正常なコピー[ {backup} ]から復元してください。',
  'error.registry-newer':
    'レジストリファイル[ {file} ]は、より新しい ocm が書いたものです[（バージョン {version:digits}）]。',
  'error.registry-newer.next': 'ocm を更新するか、このバージョンに合うコピーを復元してください。',
  'error.registry-locked': '別のプロセスがレジストリに書き込み中です。',
  'error.registry-locked.next': '少し待ってから、もう一度お試しください。',
  'error.registry-edited': 'レジストリファイルが同時に編集され、その内容が正しくありません。',
  'error.registry-edited.next': '管理者がレジストリファイルを修正したうえで、もう一度お試しください。',
  'error.registry-write-failed': 'レジストリに書き込めず、何も変更していません[：{problem@problem}]。',
  'error.registry-write-failed.next': 'ocm が動くマシンのディスク空き容量と権限を確認してください。',
  'error.known-hosts-unreadable': 'known_hosts ファイル[ {file}]を使えません[：{problem@problem}]。',
  'error.known-hosts-unreadable.next':
    '~/.ssh/known_hosts のような OpenSSH の known_hosts ファイルを指定してください。',
  'error.audit-copy-unreadable': '写し「{file}」を読めません（{code}）。',
  'error.audit-copy-unreadable.next':
    'ocm audit export が書き出す形式で、このユーザーが読めるファイルを指定してください。',
  'error.import-unreadable': 'ファイル[ {file} ]を取り込めません[：{problem@problem}]。',
  'error.import-unreadable.next': '以前のツールの nodes-registry.json を指定してください。',
  'error.state-damaged': 'ocm の状態ファイル[ {file} ]が壊れています[：{problem@problem}]。',
  'error.state-damaged.next':
    'ocm を起動し直してください。壊れたデータベースは退避され、読める内容は引き継がれます。鍵ファイルの場合は、先にそのファイルを移動してください（新しい鍵が作られます）。レジストリには影響しません。',
  'error.data-read-only': 'ocm はデータフォルダーに書き込めません[：{file}]。',
  'error.data-read-only.next':
    'OCM_DATA_DIR のフォルダーへの書き込み権限を ocm の実行ユーザーに与えるか、別のフォルダーを指定してください。',
  'error.data-disk-full': 'ocm のデータフォルダーがあるディスクの空きがありません。何も変更していません。',
  'error.data-disk-full.next':
    '空き容量を確保してから、もう一度お試しください。空きができれば ocm は自動的に再開します。',
  'error.data-unreachable': 'ocm のデータ[ {file} ]を読み書きできませんでした。',
  'error.data-unreachable.next': 'ocm が動くマシンのディスクを確認し、「ocm doctor」 を実行してください。',
  'error.data-busy': '別のプロセスが ocm のデータを長時間使用しています。',
  'error.data-busy.next':
    '少し待ってから、もう一度お試しください。続く場合は、応答しない ocm のプロセスがないか確認してください。',
  'error.data-newer': 'ocm のデータ[ {file} ]は、より新しい ocm が書いたものです。',
  'error.data-newer.next': 'ocm を更新するか、OCM_DATA_DIR に別のフォルダーを指定してください。',
  'error.config-invalid': 'ocm の設定が正しくありません[：{problem@problem}]。',
  'error.config-invalid.next': '修正して ocm を起動し直してください。',
  'error.internal': 'ocm の内部でエラーが発生しました。操作の誤りではありません。',
  'error.internal.next': 'エラー ID を ocm の運用担当者に伝えてください。詳細はログにあります。',
  'error.offsite-off': 'バックアップの外部の保存先が設定されていません。',
  'error.offsite-off.next': 'OCM_OFFSITE_BUCKET と関連する設定を指定してください。',
  'error.offsite-failed': '外部の保存先[ {target}]を使えません[：{why@offsite-problem}]。',
  'error.offsite-failed.next':
    'ここにあるバックアップはそのままです。保存先と OCM_OFFSITE_… の設定を確認し、もう一度お試しください。',
  'error.unknown-copy': '外部の保存先にこのノードの複製[「{backup}」]はありません。[あるのは {known} です。]',
  'error.unknown-copy.next': 'あるものを指定するか、{/backup copy} で作成してください。',
  'error.download-not-encrypted':
    'バックアップにはノードの秘密情報が入っているため、チャンネルには暗号化したものしか送りません。',
  'error.download-not-encrypted.next':
    'OCM_BACKUP_RECIPIENTS に age の公開鍵を設定するか、ocm のマシンのシェルで {/node backup-download} を実行してください。',
  'error.bad-recipient': 'age の公開鍵ではありません[：{recipient}]。',
  'error.bad-recipient.next': 'age1 で始まり、age-keygen が表示するものです。全体を正確に写してください。',
  'error.archive-too-large': 'ファイルが送信できる上限の {limit:bytes} を超えます。',
  'error.archive-too-large.next': 'ocm のマシンのシェルで {/node backup-download} を実行してください。',
  'error.output-exists': 'ファイル「{file}」はすでにあるため、上書きしません。',
  'error.output-exists.next': '別の名前を指定するか、そのファイルを移動してください。',
  'error.output-unwritable': 'ファイル「{file}」に書き込めませんでした[（{code}）]。',
  'error.output-unwritable.next':
    '存在し、書き込み権限があり、空きのあるディスク上のフォルダーを指定してください。',
  'error.no-nodes': '対象になるノードがありません[（タグ「{tag}」）]。[「{near}」のことですか？]',
  'error.no-nodes.next': 'ノードの一覧とタグを確認してください。',
  'error.nodes-left-out':
    'ノード {total} 台[（タグ「{tag}」）]のうち、対象にできるものがありません。{names}：{left@left-out}[（{reason@reason}）][（{from} → {to}）]。[その他：{others}。]',
  'error.nodes-left-out.next':
    '何も実行していません。1 台だけを指定して実行すると、できない理由が表示されます。',
  'error.turns-would-end': '再起動すると「{node}」で実行中のターンが中断されるため、何もしませんでした。',
  'error.turns-would-end.next': '終了を待つか、{/node restart} でそのノードだけを再起動してください。',
  'error.unknown-token': 'トークン[「{token}」]は存在しません。',
  'error.unknown-token.next': 'ID は {/token list} で確認してください。',
} as const satisfies Record<keyof typeof source, string>
