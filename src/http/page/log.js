/** The end of a node's log, on request: searched here, and kept true while its reader wants that. */
import { Refused } from './api.js'
import { button, fill, h, setText } from './dom.js'
import { mayAt } from './rights.js'
import { refusalView } from './told.js'

const EVERY_MS = 5_000
const SIZES = [100, 300, 1_000]

export function createLog(app, node) {
  const { words } = app
  const lines = h('pre', {
    class: 'log',
    tabindex: '0',
    'aria-label': words.t('operation.node-logs'),
    hidden: true,
  })
  const note = h('p', { class: 'aside', role: 'status' })
  const search = h('input', {
    type: 'search',
    placeholder: words.t('page.log-filter'),
    'aria-label': words.t('page.log-filter'),
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const size = h(
    'select',
    { 'aria-label': words.t('page.log-lines') },
    SIZES.map((count) => h('option', { value: count }, words.t('page.last-lines', { count }))),
  )
  const live = h('input', { type: 'checkbox', id: 'log-live' })
  const read = button(words.t('page.read-log'), () => void look())
  const controls = h(
    'div',
    { class: 'tools' },
    read,
    size,
    search,
    h('span', { class: 'check' }, live, h('label', { for: 'log-live' }, words.t('page.log-live'))),
  )
  const element = h('div', {}, controls, note, lines)
  let logs = null
  let looking = null
  let timer = null

  function draw() {
    const wanted = search.value.toLowerCase()
    const found = logs.lines.filter((line) => line.toLowerCase().includes(wanted))
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8
    setText(lines, found.join('\n'))
    lines.hidden = found.length === 0
    if (atEnd) lines.scrollTop = lines.scrollHeight
    const parts = [
      words.t('page.log-found', { shown: found.length, all: logs.lines.length }),
      words.coded(`log-source.${logs.source}`),
      logs.redactions > 0 ? words.t('page.redacted', { count: logs.redactions }) : null,
    ]
    setText(note, parts.filter(Boolean).join(' · '))
  }

  async function look() {
    if (looking) return
    looking = new AbortController()
    if (logs === null) setText(note, words.t('page.reading'))
    try {
      const input = { node, lines: Number(size.value) }
      logs = (await app.api.read('node-logs', input, looking.signal)).data
      draw()
    } catch (error) {
      if (error instanceof Refused) {
        live.checked = false
        fill(note, refusalView(error, words))
      } else if (error.name !== 'AbortError') throw error
    }
    looking = null
    clearTimeout(timer)
    if (live.checked) timer = setTimeout(() => void look(), EVERY_MS)
  }

  search.addEventListener('input', () => logs && draw())
  size.addEventListener('change', () => logs && void look())
  live.addEventListener('change', () => live.checked && void look())
  return {
    element,
    /** Logs are for those who may act: another reader is told so instead. */
    offer(row) {
      const allowed = mayAt(app.me, 'node-logs', 'operator', row)
      controls.hidden = !allowed
      if (!allowed) setText(note, words.t('page.logs-not-yours'))
    },
    close() {
      looking?.abort()
      live.checked = false
      clearTimeout(timer)
    },
  }
}
