/** What is shown to somebody who is not signed in: how to get in, and a place for the link or its secret. */
import { decoded } from './address.js'
import { Refused } from './api.js'
import { button, fill, h } from './dom.js'
import { refusalView } from './told.js'

/**
 * @param {{words: object, api: object}} app
 * @param {{refusal: Refused | null, ended: boolean, signedIn(): void}} options `ended` when a session was over
 */
export function createSignIn({ words, api }, { refusal, ended, signedIn }) {
  const said = h('div', { 'aria-live': 'polite' })
  const input = h('input', { id: 'secret', type: 'password', autocomplete: 'off', required: true })
  const form = h(
    'form',
    {},
    h('p', { class: 'field' }, h('label', { for: 'secret' }, words.t('page.secret')), input),
    h('button', { class: 'primary' }, words.t('page.sign-in')),
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    try {
      await api.logIn(secretIn(input.value))
      signedIn()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      fill(said, refusalView(error, words))
    }
    input.value = ''
  })
  const elsewhere = h('div')
  api.waysIn().then(
    ({ discord }) => {
      if (discord)
        fill(
          elsewhere,
          button(words.t('page.sign-in-discord'), () => location.assign(discord), { class: 'primary' }),
        )
    },
    () => {},
  )
  if (refusal) fill(said, refusalView(refusal, words))
  else if (ended) fill(said, h('p', {}, words.t('page.signed-out')))
  return h(
    'div',
    { class: 'sign-in' },
    h('h1', {}, words.t('page.sign-in')),
    said,
    elsewhere,
    h('p', {}, words.t('page.how-to-sign-in')),
    form,
  )
}

/** A whole link may be pasted as well as its secret. */
function secretIn(text) {
  const link = /#\/?login=([^&\s]+)/.exec(text)?.[1]
  return decoded(link ?? text.trim())
}

/** What is shown when the server does not answer at all. */
export function createNoAnswer({ words }, again) {
  return h(
    'div',
    { class: 'sign-in' },
    h('h1', {}, words.t('page.no-answer')),
    h('p', {}, words.t('page.no-answer.next')),
    button(words.t('page.again'), again, { class: 'primary' }),
  )
}
