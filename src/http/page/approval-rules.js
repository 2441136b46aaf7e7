/** What a second person has to approve: the rules, and a form for a new one. */
import { openAct } from './dialog.js'
import { button, fill, h } from './dom.js'
import { OPERATIONS } from './operations.js'
import { may } from './rights.js'

const USUAL_MINUTES = 60
/** Stands in a rule for every change of a node. */
const EVERY_CHANGE = 'every-change'
/** What a rule can be about. A test holds it against the operation. */
export const APPROVABLE = [
  EVERY_CHANGE,
  'restart-node',
  'set-maintenance',
  'retire-node',
  'unretire-node',
  'add-node',
  'undo-add-node',
  'register-node',
  'edit-node',
  'set-tag-jump',
  'trust-node',
  'remove-node',
  'fix-lint',
  'import-registry',
  'approve-known-keys',
  'add-bot',
  'remove-bot',
  'backup-bot',
  'restore-bot',
  'backup-node',
  'verify-backup',
  'drill-backup',
  'delete-backup',
  'download-backup',
  'copy-backup',
  'fetch-backup',
  'restore-node',
  'update-node',
  'decommission-node',
  'fleet-restart',
  'fleet-update',
  'fleet-backup',
  'fleet-maintenance',
  'compact-session',
  'reset-session',
  'prevent-overflow',
  'snooze-incident',
  'unsnooze-incident',
  'mute-alerts',
  'set-rule',
  'create-token',
  'revoke-token',
  'set-board',
]

export function createApprovalRules(app) {
  const { words, me } = app
  const element = h('div', {})
  let drawn = ''
  function draw(all) {
    const text = JSON.stringify(all)
    if (text === drawn) return
    drawn = text
    const mayRule = may(me, 'set-approval-rule', null)
    fill(
      element,
      h('h2', {}, words.t(all.length > 0 ? 'approval.rules' : 'approval.rules.none')),
      h(
        'ul',
        {},
        all.map(({ operation, tag, minutes }) => {
          const what = operationName(operation)
          const end = { input: { operation, tag, minutes: null }, subject: what, fields: [] }
          return h(
            'li',
            { 'data-rule': operation },
            words.t('approval.rule', { what, minutes, ...(tag === null ? {} : { tag }) }),
            mayRule &&
              button(words.t('page.rule-end'), () => openAct(app, 'set-approval-rule', end), {
                class: 'quiet',
                'aria-label': `${words.t('page.rule-end')}: ${what}`,
              }),
          )
        }),
      ),
      mayRule && h('p', { class: 'controls' }, button(words.t('page.new-rule'), newRule)),
    )
  }

  function newRule() {
    const choices = APPROVABLE.map((name) => [name, operationName(name)])
    const fields = OPERATIONS['set-approval-rule'].fields.map((field) =>
      field.kind === 'choice' ? { ...field, choices } : field,
    )
    openAct(app, 'set-approval-rule', {
      input: {},
      subject: words.t('page.new-rule'),
      values: { minutes: USUAL_MINUTES },
      fields,
    })
  }

  function operationName(name) {
    return words.t(name === EVERY_CHANGE ? 'approval.every-change' : `operation.${name}`)
  }

  return { element, draw }
}
