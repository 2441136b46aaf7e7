import type { decommissions as english } from '../en/decommissions.ts'

/** What is said of decommissions. */
export const decommissions = {
  'decommission-problem.no-place': '削除の対象となる場所の一つがありません',
  'decommission-problem.link': '対象の一つがリンクか、リンクの先にあります',
  'decommission-problem.home': '対象の一つがホームディレクトリか、それを含んでいます',
  'decommission-problem.mount-point': '対象の一つがマウントポイントか、それを含んでいます',
  'decommission-problem.other-owner': '対象の一つの所有者がログインユーザーではありません',
  'decommission-problem.not-writable': 'ログインユーザーに対象の名前を変更する権限がありません',
  'decommission-problem.not-openclaw': '対象の一つが OpenClaw のものに見えません',
  'decommission-problem.no-unit': 'ゲートウェイのユニットが OpenClaw の置く場所にありません',
  'decommission-problem.system-unit':
    'ゲートウェイがシステムのユニットで動いています。ocm が取り除くのはログインユーザーのユニットだけです',
  'decommission-problem.no-node': '対象を調べるための Node.js がありません',
  'decommission.ask': '{node} から OpenClaw を取り除き、引退させますか？',
  'decommission.ask.deletes': '{count} か所を削除します：',
  'decommission.ask.place': '{path}[（{bytes:bytes}）]',
  'decommission.ask.stays': 'ほかの {count} か所はノードに残ります：',
  'decommission.ask.effect':
    'ゲートウェイの停止前と停止後にバックアップし、このマシンで検証します。まず名前を変更し、最後に削除します。その後はバックアップからしか戻せません。',
  'decommission.ask.resumes':
    '{when} に始めた処理が「{step@decommission-step}」で途切れています。そこから続け、確認済みの手順は繰り返しません。',
  'decommission.ask.unreachable':
    '応答がないため、何も削除しません。まだ動いている可能性があるので「要確認」とし、監視を続けます。',
  'decommission.progress': '{node} を撤去しています…',
  'decommission-step.drain': '実行中の処理の完了を待機',
  'decommission-step.backup': 'バックアップ、ゲートウェイの停止、再バックアップ',
  'decommission-step.uninstall': 'ユニットを取り除き、何も動いていないことを確認',
  'decommission-step.revoke': '外部サービスのアクセス権',
  'decommission-step.rename': 'バックアップを検証し、名前を変更',
  'decommission-step.delete': 'バックアップを検証し、削除',
  'decommission-step.linger': 'ログインユーザーの linger 設定',
  'decommission-step.retire': 'ノードを引退',
  'decommission.step.done': '{step@decommission-step}（{took:duration}）',
  'decommission-evidence.drain': 'ゲートウェイの報告では実行中の処理なし',
  'decommission-evidence.backup': '停止後のバックアップを読み戻し、正常を確認',
  'decommission-evidence.uninstall':
    'systemd にユニットなし、ポートは閉鎖、プロセスなし、開いたデータベースなし',
  'decommission-evidence.revoke':
    'ocm では行えません。チャンネルとモデルのトークンは各提供元で無効にしてください',
  'decommission-evidence.rename': 'どの場所もデバイスと inode が開始時と同じ',
  'decommission-evidence.delete': 'どの場所も改めて探し、存在しないことを確認',
  'decommission-evidence.linger': 'そのまま残しました',
  'decommission-evidence.retire': 'レジストリで引退済み',
  'decommission.evidence': '{evidence}（{took:duration}）',
  'decommission.done': '{node} を撤去しました',
  'decommission.partial': '{node} を撤去しましたが、新しいものが現れています',
  'decommission.failed': '{node} は撤去されていません',
  'decommission.unknown': '{node} で何が動いているかわかりません',
  'decommission.state.as-before': '何も取り除いていません。',
  'decommission.state.cut': '「{step@decommission-step}」で途切れました。',
  'decommission.state.suspect': '応答がありません。「要確認」とし、何も削除せずに監視を続けます。',
  'decommission.serving': 'ゲートウェイは再び稼働しています。',
  'decommission.not-serving': 'ゲートウェイは稼働していません。',
  'decommission.fault.backup': '完全で正常なバックアップがないため、何も削除できません。',
  'decommission.fault.not-stopped': 'ゲートウェイの停止を確認できませんでした。',
  'decommission.fault.not-as-found': 'ノード上に開始時と異なるものがあります。それには触れていません。',
  'decommission.fault.not-proven':
    'この処理のバックアップがないか正常でなくなったため、何も削除していません。',
  'decommission.fault.silent': 'ノードからの応答が途絶えました。',
  'decommission.fault.other': '手順の一つが失敗しました。',
  'decommission.next.as-before':
    'バックアップに足りないものを {/node backup} で、状態を {/node status} で確かめてから、もう一度実行してください。',
  'decommission.next.cut':
    '{/node decommission} をもう一度実行してください。すべての場所を改めて調べ、続きから行います。',
  'decommission.next.suspect':
    '再び応答するとインシデントでお知らせします。その後 {/node decommission} をもう一度実行してください。',
  'decommission.backup': 'バックアップ',
  'decommission.removed': '削除済み',
  'decommission.stays': 'ノードに残るもの',
  'decommission.foreign': '開始時と異なり、触れていないもの',
  'decommission.form': '{node} の撤去',
  'decommission.form.id': 'ノードの ID を入力',
  'decommission.form.id.hint': 'ノード一覧に表示される ID をそのまま入力',
  'button.confirm-decommission': '撤去する',
} as const satisfies Record<keyof typeof english, string>
