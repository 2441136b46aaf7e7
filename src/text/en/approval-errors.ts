/** What keeps a run from beginning where a second person has to approve it. */
export const approvalErrors = {
  'error.approval-needed': 'A second person has to approve this first (request {request}).',
  'error.approval-needed.next':
    'Have somebody with the same rights approve it with {/approval approve} within {minutes} {minutes#minute|minutes}, then run the same command again. {/approval list} shows how it stands.',
  'error.approval-over': 'This request can no longer be used.',
  'error.approval-over.next': 'Do the same again; it asks anew.',
  'error.approval-decided': 'This request was decided already.',
  'error.approval-decided.next': 'See {/approval list} for how it stands.',
  'error.approval-own': 'You asked for this yourself, so somebody else has to approve it.',
  'error.approval-own.next': 'Ask a second person, or use {/approval emergency} if it cannot wait.',
  'error.approval-foreign': 'Only the person who asked can go on without an approval.',
  'error.approval-foreign.next': 'Approve it with {/approval approve}, or ask for it yourself.',
  'error.approval-person-unknown': 'ocm cannot tell whether {asked} and {by} are two people.',
  'error.approval-person-unknown.next':
    'Name both in OCM_PEOPLE, or approve it in Discord as somebody whose account is named there.',
  'error.approver-unread': 'Discord does not say whether {by}, who approved this, still may.',
  'error.approver-unread.next':
    'Try again in a minute; the approval stays. From a shell, DISCORD_TOKEN and DISCORD_GUILD_ID have to be in the settings.',
  'error.unknown-approval': 'There is no request {request} that you may see.',
  'error.unknown-approval.next': 'See {/approval list}.',
} as const satisfies Record<string, string>
