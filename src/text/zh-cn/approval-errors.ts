import type { approvalErrors as source } from '../en/approval-errors.ts'

/** What keeps a run from beginning where a second person has to approve it, in Simplified Chinese. */
export const approvalErrors = {
  'error.approval-needed': '此操作须先经第二人批准（申请 {request}）。',
  'error.approval-needed.next':
    '请在 {minutes} 分钟内让拥有同等权限的人用 {/approval approve} 批准，然后再次执行同一命令。可用 {/approval list} 查看进展。',
  'error.approval-over': '此申请已不能再使用。',
  'error.approval-over.next': '再次执行命令，会重新提出申请。',
  'error.approval-decided': '此申请已有决定。',
  'error.approval-decided.next': '请用 {/approval list} 查看。',
  'error.approval-own': '这是你自己的申请，须由他人批准。',
  'error.approval-own.next': '请联系第二人；如果不能等，请用 {/approval emergency}。',
  'error.approval-foreign': '只有申请人本人才能未经批准继续。',
  'error.approval-foreign.next': '请用 {/approval approve} 批准，或自行提出申请。',
  'error.approval-person-unknown': 'ocm 无法判断 {asked} 和 {by} 是否为两个人。',
  'error.approval-person-unknown.next': '请在 OCM_PEOPLE 中写明两者，或由账号已写明的人在 Discord 中批准。',
  'error.approver-unread': '无法从 Discord 得知批准人 {by} 现在是否仍有权限。',
  'error.approver-unread.next':
    '请一分钟后重试，批准仍然保留。从 shell 执行时，设置中须有 DISCORD_TOKEN 和 DISCORD_GUILD_ID。',
  'error.unknown-approval': '没有你可以查看的申请 {request}。',
  'error.unknown-approval.next': '请查看 {/approval list}。',
} as const satisfies Record<keyof typeof source, string>
