import type { doctor as source } from '../en/doctor.ts'

/** The examination in Japanese. */
export const doctor = {
  'doctor.discord.token-valid': 'トークンは {bot} のものです',
  'doctor.discord.token-refused': 'Discord が DISCORD_TOKEN を拒否しています',
  'doctor.discord.api-unreachable': 'Discord に接続できません：{problem}',
  'doctor.discord.guild-found': 'ボットはサーバー {guild} に参加しています',
  'doctor.discord.guild-missing': 'ボットはサーバー {guild} に参加していません',
  'doctor.discord.channel-found': 'ボットはチャンネル {channel} を閲覧できます',
  'doctor.discord.channel-missing': 'ボットはチャンネル {channel} を閲覧できません',
  'doctor.discord.channel-elsewhere': 'チャンネル {channel} は別のサーバーのものです',
  'doctor.discord.channel-unfit': '{channel} はテキストチャンネルではありません',
  'doctor.discord.permissions-complete': '{channel} で必要な権限がそろっています',
  'doctor.discord.permissions-missing': '{channel} で権限が不足しています：{permissions}',
  'doctor.discord.role-callable': '重大なアラートはロール {role} を呼び出します',
  'doctor.discord.role-missing': 'OCM_ALERT_ROLE のロール {role} はサーバーにありません',
  'doctor.discord.role-silent':
    'ocm がロール {role} をメンションしても通知されません（誰も呼び出されません）',
  'doctor.discord.log-in-ready': 'Discord アカウントでページにサインインできます',
  'doctor.discord.client-secret-refused': 'Discord が OCM_DISCORD_CLIENT_SECRET を拒否しています',
  'doctor.discord.redirect-missing': 'Discord からの戻り先に {redirect} が登録されていません',
  'doctor.discord.commands-registered': 'コマンドグループが {count} 件登録されています',
  'doctor.discord.commands-differ': '登録済みのコマンドがこのバージョンと異なります：{changes}',
  'doctor.discord.commands-unreadable': 'ボットのコマンドを読めません',
  'doctor.discord.token-refused.mend':
    'Discord 開発者ポータルの Bot ページで Reset Token を押し、DISCORD_TOKEN を新しい値にしてください。',
  'doctor.discord.api-unreachable.mend': 'ネットワーク、プロキシ、DISCORD_API_URL を確認してください。',
  'doctor.discord.guild-missing.mend':
    'DISCORD_GUILD_ID を確認するか、アプリケーションの所有者がこのリンクからボットを招待してください：{invite}',
  'doctor.discord.channel-missing.mend':
    'DISCORD_CHANNEL_ID を確認するか、非公開チャンネルにボットを追加してください。',
  'doctor.discord.channel-elsewhere.mend':
    'DISCORD_CHANNEL_ID を DISCORD_GUILD_ID のサーバーのチャンネルにしてください。',
  'doctor.discord.channel-unfit.mend': 'DISCORD_CHANNEL_ID をテキストチャンネルにしてください。',
  'doctor.discord.permissions-missing.mend':
    'チャンネルの設定でボットのロールに付与するか、このリンクから招待し直してください：{invite}',
  'doctor.discord.role-missing.mend':
    'OCM_ALERT_ROLE にサーバーのロールの ID を設定するか、設定を外してください。',
  'doctor.discord.role-silent.mend':
    'サーバー設定の「ロール」で全員にメンションを許可するか、ボットに全ロールへのメンションを許可してください。',
  'doctor.discord.client-secret-refused.mend':
    'Developer Portal の OAuth2 で Client Secret をコピーし直してください。',
  'doctor.discord.redirect-missing.mend':
    'Developer Portal の OAuth2 の Redirects に、このアドレスをそのまま追加してください。',
  'doctor.discord.commands-differ.mend': 'このバージョンのボットを起動すると、差分が登録されます。',
  'doctor.discord.commands-unreadable.mend':
    'スコープ bot と applications.commands でボットを招待し直してください。',
  'doctor.area.settings': '設定',
  'doctor.area.data': 'データフォルダー',
  'doctor.area.registry': 'レジストリ',
  'doctor.area.ssh': 'SSH',
  'doctor.area.discord': 'Discord',
  'doctor.area.nodes': 'ノード',
  'doctor.sum': '問題 {problems} 件、警告 {warnings} 件、正常 {ok} 件',
  'doctor.settings-valid': 'すべての設定が正常です',
  'doctor.skipped-settings': '未点検：先に設定を正してください',
  'doctor.skipped-discord': '未点検：DISCORD_TOKEN、DISCORD_GUILD_ID、DISCORD_CHANNEL_ID がそろっていません',
  'doctor.skipped-registry': '未点検：先にレジストリを正してください',
  'doctor.skipped-ssh': '未点検：先に SSH を使えるようにしてください',
  'doctor.data-missing': '{folder} はまだありません',
  'doctor.data-missing.mend':
    '対応は不要です。初回の使用時に作られます。意外なら OCM_DATA_DIR を確認してください。',
  'doctor.data-no-folder': '{folder} はフォルダーではありません',
  'doctor.data-no-folder.mend': 'OCM_DATA_DIR にフォルダーを指定してください。',
  'doctor.data-open': '他のユーザーが {folder} を見ることができます',
  'doctor.data-open.mend': 'chmod 700 {folder} を実行してください',
  'doctor.data-read-only': 'ocm は {folder} に書き込めません',
  'doctor.data-read-only.mend':
    'フォルダーの所有者を ocm の実行ユーザーにするか、OCM_DATA_DIR を変えてください。',
  'doctor.files-foreign':
    '{folder} の {count} 件のファイルが別の場所を指すか、他のユーザーのものです：{files}',
  'doctor.files-foreign.mend': 'ファイルそのものを置き、所有者を ocm のユーザーにしてください（chown）。',
  'doctor.registry-open': '他のユーザーが {file} に書き込めます',
  'doctor.registry-open.mend':
    '所有者を ocm のユーザーにし、chmod 600 を実行してください。書き込める人が、ocm のログイン先を決められます。',
  'doctor.fingerprint-foreign': '登録済みホスト鍵のフィンガープリントが、その鍵のものではありません',
  'doctor.fingerprint-foreign.mend':
    '{/node trust} でホスト鍵を承認し直してください。照合に使うのは鍵で、フィンガープリントではありません。',
  'doctor.files-open': '{folder} の {count} 件のファイルを他のユーザーが読めます：{files}',
  'doctor.files-open.mend': '該当ファイルに chmod 600 を実行してください。ocm 自身はそのように作ります。',
  'doctor.data-well': '{folder} は書き込み可能で、他のユーザーには閉じています',
  'doctor.store-sound':
    '{file} は正常です（{size:bytes}、ログ {log:bytes}[、最終書き戻し {ago:duration}前]）',
  'doctor.store-damaged': '{file} が壊れています',
  'doctor.store-damaged.mend':
    'ocm を起動し直してください。壊れたファイルは退避され、読める内容は新しいファイルに引き継がれます。レジストリには影響しません。ディスクも確認してください。',
  'doctor.store-waiting': '{file} で破損が見つかりましたが、まだ置き換えられていません',
  'doctor.store-waiting.mend':
    'ocm を起動し直してください。ファイルが置き換えられ、読める内容は引き継がれます。',
  'doctor.store-log-large': '{file} のログが {log:bytes} まで増え、書き戻されていません',
  'doctor.store-log-large.mend':
    'ボットを再起動し、応答しない他の ocm プロセスを終了してください。再び増える場合はディスクを確認してください。',
  'doctor.store-set-aside': '{file} の {count} 件のレコードは形式が合わず、隔離されました',
  'doctor.store-set-aside.mend':
    '対応は不要です。原因の調査用に、quarantine テーブルに 90 日間保管されます。',
  'doctor.store-copies': 'データフォルダーに {file} の壊れたコピーが {count} 件あります',
  'doctor.store-copies.mend': '不足がないことを確かめたら、{file}.damaged-* を削除してください。',
  'doctor.registry-empty': '登録済みのノードはまだありません',
  'doctor.registry-empty.mend':
    '{/node register} で登録するか、{/registry import} で旧ファイルを取り込んでください。',
  'doctor.registry-mounted': 'レジストリは単独でマウントされたファイルのため、変更を保存できません',
  'doctor.registry-mounted.mend':
    '代わりにそのフォルダーをマウントし、OCM_REGISTRY で中のファイルを指定してください。',
  'doctor.registry-valid': '正常：ノード {nodes} 台（うち引退 {retired} 台）',
  'doctor.registry-damaged': '{file} は使えません：{problem@problem}',
  'doctor.registry-damaged-at':
    '{file} は使えません：{problem@problem}（{line:digits} 行 {column:digits} 列[、{where}]）',
  'doctor.registry-damaged.mend':
    'その箇所を直すか、隣にある正常な控えから戻し、{/registry check} を実行してください。',
  'doctor.node-without-key': '承認済みのホスト鍵がありません',
  'doctor.node-without-key.mend':
    '{/node trust} で承認するか、{/registry approve} でまとめて承認してください。',
  'doctor.ssh-unusable': 'ログインに使える鍵がありません：{why@key-problem}',
  'doctor.ssh-unusable.mend':
    'OCM_SSH_KEY に秘密鍵を（暗号化されていれば OCM_SSH_KEY_PASSPHRASE も）指定するか、鍵を持つ SSH エージェントを起動してください。',
  'doctor.ssh-key': '鍵ファイル {type} {fingerprint}',
  'doctor.certificate': '鍵の証明書は有効です[（終了：{until}）][（対象：{principals}）]',
  'doctor.certificate-not-valid': '鍵の証明書は有効期間外です（開始：{from}）[（終了：{until}）]',
  'doctor.certificate-not-valid.mend':
    '新しい証明書を発行してもらい、古いものと置き換えてください。このマシンの時計も確認してください。',
  'doctor.certificate-strange': '用意されている証明書は鍵ファイルのものではありません',
  'doctor.certificate-strange.mend':
    'OCM_SSH_KEY の鍵に対して ssh-keygen -s が作成した証明書を OCM_SSH_CERTIFICATE に指定してください。',
  'doctor.ssh-key-open': '他のユーザーが秘密鍵を読めます',
  'doctor.ssh-key-open.mend': 'OCM_SSH_KEY のファイルに chmod 600 を実行してください。',
  'doctor.ssh-agent': 'SSH エージェントが応答し、使える鍵を持っています',
  'doctor.known-hosts': 'known_hosts を読めます',
  'doctor.known-hosts-unset': 'known_hosts は未設定です。新しいホスト鍵は毎回確認します',
  'doctor.known-hosts-unreadable': 'known_hosts ファイルを読めません',
  'doctor.known-hosts-unreadable.mend': 'OCM_KNOWN_HOSTS のパスを確認するか、設定を外してください。',
  'doctor.known-hosts-lines': 'known_hosts の {count} 行を読めません',
  'doctor.known-hosts-lines.mend': 'ssh-keygen -lf でファイルを確かめ、項目でない行を取り除いてください。',
  'doctor.no-nodes': '点検するノードがありません',
  'doctor.node-well': '接続でき、ホスト鍵は承認済みで、ゲートウェイは稼働中です[。OpenClaw {version}]',
  'key-problem.none-configured': '鍵ファイルも SSH エージェントも設定されていません',
  'key-problem.file-missing': '鍵ファイルがありません',
  'key-problem.file-unreadable': '鍵ファイルを読めません',
  'key-problem.not-a-private-key': 'ファイルは秘密鍵ではありません',
  'key-problem.passphrase-needed': '鍵は暗号化されていますが、パスフレーズが未設定です',
  'key-problem.passphrase-wrong': 'パスフレーズが違います',
  'key-problem.agent-unreachable': 'SSH エージェントに接続できません',
  'key-problem.agent-silent': 'SSH エージェントが応答しません',
  'key-problem.agent-empty': 'SSH エージェントに鍵がありません',
  'key-problem.agent-only-hardware-key':
    'SSH エージェントには FIDO 鍵しかなく、ログインごとにタッチが必要です',
  'key-problem.identity-not-in-agent': 'SSH エージェントにこのファイルの鍵がありません',
  'doctor.jump.mend':
    '踏み台ホストが動いていて、ocm のログインと転送を許可しているか確認してください。ホスト鍵は {/node trust} で、タグの踏み台なら {/node jump} で承認します。',
  'doctor.api-off': 'HTTP API は無効です（OCM_HTTP_LISTEN が未設定）',
  'doctor.api-on': 'HTTP API はボットの稼働中、{address} で待ち受けます',
} as const satisfies Record<keyof typeof source, string>
