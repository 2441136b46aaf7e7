/** The form that a bot opens in answer to a command or a press. */
import { call } from './api.js'
import { avatar } from './avatar.js'
import { h, icon } from './dom.js'
import { modalPart } from './modal-fields.js'
import { closePopover } from './popover.js'

/**
 * @param {object} config
 * @param {ReturnType<import('./store.js').createStore>} config.store
 * @param {() => Function} config.translate
 * @param {() => import('./markdown-view.js').MarkdownContext} config.markdown
 */
export function createModals({ store, translate, markdown }) {
  let open = null
  /** Forms that were sent or closed here; the next state may still list them. */
  const done = new Set()

  return { update }

  function update() {
    const waiting = (store.state?.interactions ?? []).filter(
      (one) => one.modal !== null && one.userId === store.who.userId && !done.has(one.id),
    )
    if (open !== null) {
      if (waiting.some((one) => one.id === open.id)) return
      open.dialog.remove()
      open = null
    }
    const next = waiting.at(-1)
    if (next !== undefined) show(next)
  }

  function show(interaction) {
    const t = translate()
    const modal = interaction.modal
    const view = { t, markdown: markdown(), state: store.state }
    const fields = []
    const content = (modal.components ?? []).map((component) => modalPart(component, view, fields))
    const failure = h('p', {
      class: 'failure',
      role: 'alert',
      hidden: true,
      dataset: { testid: 'modal-error' },
    })
    const submitButton = h(
      'button',
      { class: 'btn btn-primary', type: 'submit', dataset: { testid: 'modal-submit' } },
      h('span', { class: 'btn-content', text: t('submit') }),
    )
    const dialog = h(
      'dialog',
      {
        class: 'modal',
        'aria-labelledby': 'modal-title',
        dataset: { testid: 'modal', customId: String(modal.custom_id ?? '') },
      },
      h(
        'form',
        { novalidate: true, on: { submit: send } },
        h(
          'header',
          { class: 'modal-head' },
          avatar(store.state.botName, { bot: true, size: 36 }),
          h(
            'div',
            {},
            h('h2', { id: 'modal-title', text: modal.title ?? '' }),
            h('p', { class: 'modal-notice', text: t('modalNotice', { name: store.state.botName }) }),
          ),
          h(
            'button',
            { class: 'icon-button', type: 'button', 'aria-label': t('close'), on: { click: cancel } },
            icon('close'),
          ),
        ),
        h('div', { class: 'modal-body' }, content, failure),
        h(
          'footer',
          { class: 'modal-foot' },
          h('button', {
            class: 'btn btn-quiet',
            type: 'button',
            text: t('cancel'),
            dataset: { testid: 'modal-cancel' },
            on: { click: cancel },
          }),
          submitButton,
        ),
      ),
    )
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      cancel()
    })
    document.body.append(dialog)
    dialog.showModal()
    open = { id: interaction.id, dialog }
    fields[0]?.focus()

    async function send(event) {
      event.preventDefault()
      const wrong = fields.filter((field) => !field.check())
      if (wrong.length > 0) return wrong[0].focus()
      submitButton.disabled = true
      submitButton.classList.add('btn-busy')
      failure.hidden = true
      const values = Object.fromEntries(fields.map((field) => [field.customId, field.read()]))
      try {
        await call('submit', [{ ...store.who }, interaction.id, values])
        finish()
      } catch (error) {
        failure.textContent = t('callFailed', { reason: error.message })
        failure.hidden = false
        submitButton.disabled = false
        submitButton.classList.remove('btn-busy')
      }
    }

    function cancel() {
      call('dismissModal', [{ ...store.who }, interaction.id]).catch(() => {
        // The form is closed for this viewer in any case; the server forgets it with its interaction.
      })
      finish()
    }

    function finish() {
      closePopover()
      done.add(interaction.id)
      dialog.close()
      dialog.remove()
      open = null
      void store.refresh()
    }
  }
}
