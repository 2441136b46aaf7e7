import type { requestErrors as source } from '../en/request-errors.ts'

/** What is wrong with a request over HTTP, in Japanese. */
export const requestErrors = {
  'error.request-malformed': 'HTTP リクエストとして読み取れません。',
  'error.request-malformed.next':
    'リクエスト行とヘッダー（16 KB まで）を確認し、途切れずに送信してください。',
  'error.body-unreadable': '本文が正しい JSON ではありません。',
  'error.body-unreadable.next': 'UTF-8 の JSON オブジェクトを 1 つ送ってください。',
  'error.body-type': '本文が JSON として宣言されていません。',
  'error.body-type.next': 'Content-Type: application/json を付けてください。',
  'error.body-too-large': '本文が {limit:bytes} を超えています。',
  'error.body-too-large.next': '小さくして送ってください。',
  'error.unknown-route': '{path} には何もありません。',
  'error.unknown-route.next': '利用できるものは /api/ocm/openapi.json にあります。',
  'error.method-refused': 'このパスではメソッド {method} を使えません。',
  'error.method-refused.next': '使えるメソッドは Allow ヘッダーにあります。',
  'error.unknown-run': '実行[「{run}」]は存在しないか、閲覧する権限がありません。',
  'error.unknown-run.next': '実行の記録は 1 週間保存されます。それ以前は監査ログにあります。',
  'error.run-goes-on': 'この実行は途中で止められません。',
  'error.run-goes-on.next': '終わるまでお待ちください。何をしたかは、終わった後に確認できます。',
  'error.key-reused': 'この Idempotency-Key は別のリクエストで使われています。',
  'error.key-reused.next': '新しいリクエストには新しいキーを、再送には同じキーを使ってください。',
  'error.not-signed-in': 'このリクエストには、使用できるトークンがありません。',
  'error.not-signed-in.next': '{/token create} で作成し、Authorization: Bearer で送ってください。',
  'error.link-over': 'このリンクではもうサインインできません。',
  'error.link-over.next':
    'リンクは 1 回限り、5 分間だけ有効です。{/web login} で新しいリンクを発行してください。',
  'error.discord-log-in-over': 'Discord でのサインインは完了しませんでした。',
  'error.discord-log-in-over.next':
    'このページからもう一度始めてください。Discord からの応答は、始めたブラウザーで一度だけ使えます。',
  'error.discord-no-role': 'この Discord アカウントには、ocm を使えるロールがありません。',
  'error.discord-no-role.next': 'ocm の管理者にロールを依頼するか、別のアカウントでサインインしてください。',
  'error.roles-unknown': '現在のロールを Discord に確認できません。',
  'error.roles-unknown.next': '1 分ほど待ってからやり直してください。確認できるまでは何も表示しません。',
  'error.web-off': 'ページは公開されていません。',
  'error.web-off.next':
    'ボットに OCM_HTTP_LISTEN を設定して再起動してください。手順は docs/web.md にあります。',
  'error.host-refused': 'このリクエストのホスト名[「{host}」]では ocm を利用できません。',
  'error.host-refused.next': 'localhost を使うか、OCM_HTTP_HOSTS に名前を追加してください。',
  'error.cross-site': '別のサイトからのリクエストです。',
  'error.cross-site.next': 'プログラムか、同じアドレスのページから送ってください。',
  'error.too-many-requests': 'リクエストが多すぎます。',
  'error.too-many-requests.next': '{seconds} 秒待ってから、間隔を空けて送ってください。',
  'error.shutting-down': 'ocm は終了処理中です。',
  'error.shutting-down.next': '起動してから、もう一度お試しください。',
  'error.run-interrupted': '実行中に ocm が終了したため、どこまで進んだかは不明です。',
  'error.run-interrupted.next': 'もう一度実行する前に、ノードの状態を確認してください。',
} as const satisfies Record<keyof typeof source, string>
