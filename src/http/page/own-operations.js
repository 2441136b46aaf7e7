/** What a reader can press that is about ocm itself: the ways to its nodes, its alerts, and who has to agree. */

/** How the jump host is written that there is no longer one. */
export const JUMP = { name: 'jump', kind: 'text', text: 'option.jump', none: '-' }
/** Of a tag that is chosen already. */
export const JUMP_OF_TAG = [
  { ...JUMP, required: true },
  { name: 'force', kind: 'flag', text: 'option.force', usual: false },
]
/** For how long, a week at most. */
export const SNOOZE = {
  name: 'minutes',
  kind: 'minutes',
  text: 'option.minutes',
  most: 10_080,
  required: true,
}
/** Of a node, or of one of its agents alone. */
export const MUTE_OF_NODE = [{ name: 'agent', kind: 'text', text: 'option.agent' }, SNOOZE]
export const MUTE_OF_TAG = [SNOOZE]

/** As those of the nodes. */
export const OF_OCM = {
  'set-tag-jump': {
    on: 'fleet',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-edit',
    fields: [{ name: 'tag', kind: 'tag', text: 'option.jump-tag', required: true }, ...JUMP_OF_TAG],
  },
  'mute-alerts': {
    on: 'fleet',
    access: 'operator',
    planned: false,
    fields: [
      { name: 'node', kind: 'text', text: 'option.scope-node' },
      { name: 'tag', kind: 'tag', text: 'option.tag' },
      ...MUTE_OF_NODE,
    ],
  },
  'test-alerts': { on: 'fleet', access: 'operator', planned: false, fields: [], fixed: { locale: 'en' } },
  'set-board': {
    on: 'fleet',
    access: 'operator',
    planned: false,
    fields: [{ name: 'channel', kind: 'text', text: 'page.board-channel' }],
    fixed: { on: true },
  },
  'set-approval-rule': {
    on: 'fleet',
    access: 'admin',
    planned: false,
    fields: [
      { name: 'operation', kind: 'choice', text: 'option.approval-operation', required: true },
      { name: 'tag', kind: 'tag', text: 'option.approval-tag' },
      { ...SNOOZE, text: 'page.approval-minutes' },
    ],
  },
  'override-approval': {
    on: 'fleet',
    access: 'admin',
    planned: false,
    fields: [
      { name: 'request', kind: 'text', text: 'option.request', required: true },
      { name: 'reason', kind: 'text', text: 'option.emergency-reason', required: true },
    ],
  },
}
