import { type Command, type Operand, REASON } from '../command.ts'

const REQUEST: Operand = { name: 'request', summary: 'option.request.description' }

/** The commands on what a second person has to approve. */
export const approvalCommands: readonly Command[] = [
  {
    path: 'approval list',
    aliases: ['approvals list', 'approval ls'],
    operation: 'list-approvals',
    summary: 'command.approval.list.description',
    options: [{ name: 'all', kind: 'flag', summary: 'option.approval-all.description' }],
    load: async () => (await import('../commands/approval.ts')).list,
  },
  {
    path: 'approval approve',
    aliases: ['approvals approve'],
    operation: 'approve-request',
    summary: 'command.approval.approve.description',
    operands: [REQUEST],
    load: async () => (await import('../commands/approval.ts')).approve,
  },
  {
    path: 'approval refuse',
    aliases: ['approvals refuse'],
    operation: 'refuse-request',
    summary: 'command.approval.refuse.description',
    operands: [REQUEST],
    load: async () => (await import('../commands/approval.ts')).refuse,
  },
  {
    path: 'approval emergency',
    aliases: ['approvals emergency'],
    operation: 'override-approval',
    summary: 'command.approval.emergency.description',
    operands: [REQUEST],
    options: [{ ...REASON, summary: 'option.emergency-reason.description', required: true }],
    load: async () => (await import('../commands/approval.ts')).emergency,
  },
  {
    path: 'approval rule',
    aliases: ['approvals rule'],
    operation: 'set-approval-rule',
    summary: 'command.approval.rule.description',
    operands: [{ name: 'operation', summary: 'option.approval-operation.description' }],
    options: [
      { name: 'tag', kind: 'list', summary: 'option.approval-tag.description' },
      { name: 'for', field: 'minutes', kind: 'minutes', summary: 'option.approval-minutes.description' },
      { name: 'off', kind: 'flag', summary: 'option.approval-off.description' },
      REASON,
    ],
    load: async () => (await import('../commands/approval.ts')).rule,
  },
]
