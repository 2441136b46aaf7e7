import type { approvalErrors as source } from '../en/approval-errors.ts'

/** What keeps a run from beginning where a second person has to approve it, in Japanese. */
export const approvalErrors = {
  'error.approval-needed': '先に二人目の承認が必要です（申請 {request}）。',
  'error.approval-needed.next':
    '{minutes} 分以内に、同じ権限を持つ人に {/approval approve} で承認してもらい、同じコマンドをもう一度実行してください。状況は {/approval list} で確認できます。',
  'error.approval-over': 'この申請はもう使えません。',
  'error.approval-over.next': 'コマンドをもう一度実行すると、新しく申請されます。',
  'error.approval-decided': 'この申請はすでに決定しています。',
  'error.approval-decided.next': '{/approval list} で状況を確認してください。',
  'error.approval-own': 'ご自身の申請なので、ほかの人の承認が必要です。',
  'error.approval-own.next': '二人目に依頼してください。待てない場合は {/approval emergency} を使います。',
  'error.approval-foreign': '承認なしで進められるのは、申請した本人だけです。',
  'error.approval-foreign.next': '{/approval approve} で承認するか、ご自身で申請してください。',
  'error.approval-person-unknown': '{asked} と {by} が別人かどうか、ocm には判断できません。',
  'error.approval-person-unknown.next':
    '両方を OCM_PEOPLE に書くか、そこにアカウントが書かれた人として Discord で承認してください。',
  'error.approver-unread': '承認した {by} に今もその権限があるか、Discord に確認できません。',
  'error.approver-unread.next':
    '1 分ほど待ってからやり直してください。承認はそのまま残ります。シェルから実行する場合は、DISCORD_TOKEN と DISCORD_GUILD_ID の設定が必要です。',
  'error.unknown-approval': '閲覧できる申請 {request} はありません。',
  'error.unknown-approval.next': '{/approval list} を確認してください。',
} as const satisfies Record<keyof typeof source, string>
