/** The side drawer: the raw message, or the requests that were refused. */
import { h, icon } from './dom.js'
import { absoluteTime } from './time.js'

/**
 * @param {object} config
 * @param {HTMLElement} config.root
 * @param {() => Function} config.translate
 * @param {ReturnType<import('./store.js').createStore>} config.store
 */
export function createDrawer({ root, translate, store }) {
  /** @type {{kind: 'log'} | {kind: 'raw', id: string} | null} */
  let showing = null
  let drawn = ''
  let opener = null

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && showing !== null) close()
  })

  return {
    showLog: () => open({ kind: 'log' }),
    showRaw: (message) => open({ kind: 'raw', id: message.id, fallback: message }),
    update,
  }

  function open(what) {
    opener = document.activeElement
    const same = showing?.kind === what.kind && showing.id === what.id
    if (same) return close()
    showing = what
    drawn = ''
    update()
    root.querySelector('.icon-button')?.focus({ preventScroll: true })
  }

  function close() {
    showing = null
    root.hidden = true
    root.replaceChildren()
    document.body.classList.remove('drawer-open')
    opener?.focus?.({ preventScroll: true })
  }

  function update() {
    if (showing === null || store.state === null) return
    const t = translate()
    const data = showing.kind === 'log' ? store.state.refusals : messageOf(showing)
    const signature = JSON.stringify([store.who.locale, showing.kind, data])
    if (signature === drawn) return
    drawn = signature
    const title = showing.kind === 'log' ? t('log') : t('raw')
    const scrolled = root.querySelector('.drawer-body')?.scrollTop ?? 0
    root.replaceChildren(
      h(
        'header',
        { class: 'drawer-head' },
        h('h2', { text: title }),
        showing.kind === 'raw' ? copyButton(data, t) : null,
        h(
          'button',
          { class: 'icon-button', type: 'button', 'aria-label': t('close'), on: { click: close } },
          icon('close'),
        ),
      ),
      h('div', { class: 'drawer-body' }, showing.kind === 'log' ? logBody(data, t) : rawBody(data)),
    )
    root.hidden = false
    root.setAttribute('aria-label', title)
    root.querySelector('.drawer-body').scrollTop = scrolled
    document.body.classList.add('drawer-open')
  }

  function messageOf({ id, fallback }) {
    return (store.state.messages.find((message) => message.id === id) ?? fallback).raw
  }

  function logBody(refusals, t) {
    if (refusals.length === 0) {
      return h('div', { class: 'drawer-empty' }, icon('shield', 34), h('p', { text: t('logEmpty') }))
    }
    return [
      h('p', { class: 'drawer-hint', text: t('logHint') }),
      [...refusals].reverse().map((refusal) =>
        h(
          'article',
          { class: 'refusal', dataset: { testid: 'refusal' } },
          h(
            'header',
            {},
            h('span', { class: 'refusal-status', text: refusal.status }),
            h('code', { text: `${refusal.method} ${refusal.path}` }),
          ),
          h('p', {}, h('b', { text: refusal.code }), ` ${refusal.message}`),
          refusal.fields.length > 0
            ? h(
                'ul',
                {},
                refusal.fields.map((field) => h('li', { text: field })),
              )
            : null,
          h('time', { text: absoluteTime(refusal.at, 'S', store.who.locale) }),
        ),
      ),
    ]
  }
}

function copyButton(data, t) {
  const button = h(
    'button',
    { class: 'btn btn-quiet btn-small', type: 'button' },
    icon('copy', 15),
    t('copy'),
  )
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(JSON.stringify(data, null, 2))
      button.lastChild.textContent = t('copied')
    } catch {
      getSelection()?.selectAllChildren(button.closest('aside').querySelector('pre'))
    }
  })
  return button
}

const JSON_TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi

/** Pretty JSON with keys, strings and numbers told apart. */
function rawBody(data) {
  const text = JSON.stringify(data, null, 2)
  const pre = h('pre', { class: 'raw', tabindex: 0, dataset: { testid: 'raw-json' } })
  let from = 0
  for (const match of text.matchAll(JSON_TOKEN)) {
    pre.append(text.slice(from, match.index))
    const kind =
      match[2] !== undefined ? 'key' : match[1] !== undefined ? 'string' : match[3] ? 'word' : 'number'
    pre.append(h('span', { class: `json-${kind}`, text: match[1] ?? match[0] }), match[2] ?? '')
    from = match.index + match[0].length
  }
  pre.append(text.slice(from))
  return pre
}
