import type { settings as source } from '../en/settings.ts'

/** The problems of settings in Japanese. */
export const settings = {
  'setting.line': '{name}：{problem}。{hint}',
  'setting.token-unset': '設定されていません',
  'setting.token-unset.next': 'Discord 開発者ポータルの Bot ページからコピーしてください。',
  'setting.guild-unset': '設定されていません',
  'setting.guild-unset.next':
    'サーバーの ID です。Discord の開発者モードを有効にし、サーバーを右クリックしてコピーしてください。',
  'setting.channel-unset': '設定されていません',
  'setting.channel-unset.next':
    'アラート用チャンネルの ID です。Discord の開発者モードを有効にし、チャンネルを右クリックしてコピーしてください。',
  'setting.not-a-token': 'ボットのトークンではないようです',
  'setting.not-a-token.next': 'Discord 開発者ポータルの Bot ページからコピーしてください。',
  'setting.not-an-id': 'Discord の ID ではありません',
  'setting.not-an-id.next': '17～20 桁の数字です。Discord の開発者モードを有効にしてコピーしてください。',
  'setting.not-a-file-or-address': 'ファイルの絶対パスでもウェブアドレスでもありません',
  'setting.not-a-file-or-address.next':
    '/mnt/log/ocm-audit.jsonl のようなパスか、https:// で始まるアドレスを書いてください。',
  'setting.not-a-registry': 'レジストリのアドレスではありません',
  'setting.not-a-registry.next':
    'https:// で始まりパスワードを含まないアドレスか、none を書いてください。http:// はこのマシン上のものに限ります。',
  'setting.address-with-login': 'ユーザー名やパスワードを含むため、このアドレスにはリクエストを送れません',
  'setting.address-with-login.next':
    'それらを除いて書いてください。秘密の値は、送り先のサービスが発行するとおり、パスかクエリに含めます。',
  'setting.not-an-address': 'ウェブアドレスではありません',
  'setting.not-an-address.next':
    'https:// または http:// から始まる完全な形で書いてください。省略すると既定になります。',
  'setting.not-a-span': '時間帯ではありません',
  'setting.not-a-span.next':
    'OCM_TIME_ZONE の時刻で 22:00-07:00 のように書いてください。不要なら省略してください。',
  'setting.not-a-time': '時刻ではありません',
  'setting.not-a-time.next':
    'OCM_TIME_ZONE の時刻で 08:00 のように書いてください。不要なら none と書いてください。',
  'setting.not-a-retention': '残すバックアップの指定として読めません',
  'setting.not-a-retention.next':
    'last=3,daily=7,weekly=4,monthly=6 のように、それぞれ 0～1000 で、少なくとも 1 つは 1 以上にしてください。すべて残す場合は all と書いてください。',
  'setting.not-a-number': '整数ではありません',
  'setting.not-a-number.next':
    '{min:digits}～{max:digits} {unit@setting.unit}の範囲を数字だけで書いてください。省略時は {fallback:digits} です。',
  'setting.out-of-range': '範囲外です',
  'setting.out-of-range.next':
    '{min:digits}～{max:digits} {unit@setting.unit}の範囲を数字だけで書いてください。省略時は {fallback:digits} です。',
  'setting.not-a-choice': '選択肢にない値です',
  'setting.not-a-choice.next': '次のいずれかにしてください：{choices}',
  'setting.grant-unreadable': '{entry:digits} 番目の項目を読み取れません',
  'setting.grant-unreadable.next':
    'role:ID、user:ID、everyone をカンマで区切ってください。それぞれに @tag や @tag+tag を付けると、そのタグのノードに限定されます。',
  'setting.file-unreadable': '指定されたファイルを読み取れません',
  'setting.file-unreadable.next': 'パスと権限を確認してください。',
  'setting.unknown-name': 'このような設定はありません',
  'setting.unknown-name.next': '設定の名前は .env.example を参照してください。',
  'setting.nobody-allowed': '設定されていないため、誰もボットを使えません',
  'setting.nobody-allowed.next':
    'ロールかユーザーを少なくとも 1 つ指定してください。例：user:123456789012345678',
  'setting.no-key': '設定されておらず、SSH エージェントもありません',
  'setting.no-key.next': '秘密鍵のパスを指定するか、SSH エージェントを使って ocm を起動してください。',
  'setting.no-admin': '設定されていないため、ホスト鍵の承認などを行える人がいません',
  'setting.no-admin.next': 'ロールかユーザーを少なくとも 1 つ指定してください。例：user:123456789012345678',
  'setting.not-people': 'の {entry:digits} 番目の項目を読み取れません',
  'setting.not-people.next':
    'ada=discord:1234…+cli:ada, ben=discord:5678… の形で、ID は一度ずつ書いてください。',
  'setting.not-tag-keys': 'の {entry:digits} 番目の項目を読み取れません',
  'setting.not-tag-keys.next':
    'prod=~/.ssh/ocm-prod, eu=~/.ssh/ocm-eu の形で、タグは一度ずつ書いてください。',
  'setting.not-a-zone': 'タイムゾーンではありません',
  'setting.not-a-zone.next':
    'Asia/Tokyo や Europe/Berlin のような IANA の名前を書いてください。省略時は UTC です。',
  'setting.env-file-missing': 'このフォルダーにありません',
  'setting.env-file-missing.next': 'ocm init で作成するか、すべて環境変数で設定してください。',
  'setting.env-file-foreign': '読み込みません。ほかのユーザーの所有物か、ほかのユーザーが変更できるためです',
  'setting.env-file-foreign.next':
    '自分の所有にして chmod 600 .env を実行するか、--settings で指定してください。',
  'setting.env-file-open': 'このマシンのほかのユーザーにも読めます',
  'setting.env-file-open.next': '秘密の値が入っているため、chmod 600 を実行してください。',
  'setting.not-a-folder': 'フォルダーではありません：{folder}',
  'setting.not-a-folder.next': 'フォルダーを指定してください。',
  'setting.folder-not-writable': 'ocm が書き込めないフォルダーを指しています：{folder}',
  'setting.folder-not-writable.next':
    'ocm を動かすユーザーの所有にする（chown、chmod u+rwx）か、書き込み可能でマウントするか、別のフォルダーを指定してください。',
  'setting.quota-used-up': 'このユーザーのディスク割り当てを使い切ったフォルダーです：{folder}',
  'setting.quota-used-up.next':
    '割り当てを増やすか、このユーザーのファイルを減らすか、別のフォルダーを指定してください。',
  'setting.disk-full': '空き容量のないディスク上のフォルダーを指しています：{folder}',
  'setting.disk-full.next': '空き容量を確保するか、別のフォルダーを指定してください。',
  'setting.file-mounted': '単独でマウントされたファイルです。置き換えができないため、変更を保存できません',
  'setting.file-mounted.next':
    '代わりにそのフォルダーをマウントし、OCM_REGISTRY で中のファイルを指定してください。',
  'setting.key-unusable': '使えません：{why@key-problem}',
  'setting.key-unusable.next':
    'このユーザーが読める秘密鍵を指定してください。暗号化されている場合は OCM_SSH_KEY_PASSPHRASE も必要です。',
  'setting.folder-in-use': 'このデータフォルダーでは別の ocm が動いています[（プロセス {pid:digits}）]。',
  'setting.unit.milliseconds': 'ミリ秒',
  'setting.unit.nodes': 'ノード',
  'setting.unit.connections': '接続',
  'setting.unit.megabytes': 'MB',
  'setting.not-a-recipient': 'age の公開鍵でないものが含まれています',
  'setting.not-a-recipient.next':
    'age1 で始まる鍵（age-keygen が表示するもの）をコンマ区切りで指定してください。',
  'setting.not-a-listen-address': 'は待ち受けアドレスではありません',
  'setting.not-a-listen-address.next':
    '8377 のようなポート番号か、127.0.0.1:8377 や [::1]:8377 のように指定してください。',
  'setting.not-a-node': 'がノードの ID ではありません',
  'setting.not-a-node.next':
    '{/node list} に表示されるノードの ID か、各バックアップ自身のノードを使う own を指定してください。',
  'setting.not-a-host-name': 'にホスト名ではない値があります',
  'setting.not-a-host-name.next': 'ポートを付けず、カンマ区切りで指定してください。例：ocm.example.com',
  'setting.not-a-bucket': 'がバケットの名前ではありません',
  'setting.not-a-bucket.next': 'team-backups のように名前だけを書いてください。複製しない場合は省略します。',
  'setting.not-a-prefix': 'がバケット内のフォルダーではありません',
  'setting.not-a-prefix.next': '英数字、ドット、-、_ を使い、フォルダーの間は / で区切ってください。',
  'setting.not-a-region': 'がリージョンの名前ではありません',
  'setting.not-a-region.next': 'eu-central-1 のように、事業者の表記どおりに書いてください。',
  'setting.not-a-key': 'がアクセスキーまたはシークレットではありません',
  'setting.not-a-key.next': '全体を正確に写してください。空白は含まれません。',
  'setting.offsite-key-unset': 'が設定されていません（OCM_OFFSITE_BUCKET は設定済み）',
  'setting.offsite-key-unset.next': 'そのバケット専用のアクセスキーを作り、両方の値を設定してください。',
  'setting.offsite-plain': 'により、バックアップが暗号化なしで他のマシンへ送られます',
  'setting.offsite-plain.next': 'https:// で始まるアドレスを使ってください。',
  'setting.http-open': 'により、API が暗号化なしで他のマシンに公開されます',
  'setting.http-open.next': '127.0.0.1 で待ち受け、前段に TLS 対応のプロキシを置いてください。',
  'setting.not-a-client-secret': 'はアプリケーションの Client Secret の形式ではありません',
  'setting.not-a-client-secret.next':
    'Developer Portal の該当アプリケーションで、OAuth2 の Client Secret をコピーしてください。',
  'setting.log-in-without-page': 'が設定されていますが、サインイン先のページが公開されていません',
  'setting.log-in-without-page.next': 'OCM_HTTP_LISTEN も設定するか、この設定を外してください。',
  'setting.metrics-open': 'により、メトリクスが認証なしで他のマシンに公開されます',
  'setting.metrics-open.next': '127.0.0.1 で待ち受けるか、収集側のホストだけが接続できるようにしてください。',
} as const satisfies Record<keyof typeof source, string>
