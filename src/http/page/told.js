/** Lays out what a person is told of a plan, a step or a result, as the presenters of ocm word it. */
import { h } from './dom.js'

const MARKS = { well: '✓', warning: '▲', alarm: '■', waiting: '…', kept: '•', 'put-aside': '‖' }
/** How something ended has a sign and a word, not only a colour. */
const SIGNS = { done: '✓', partial: '◐', failed: '✕', unknown: '?', running: '…', refused: '⊘', stopped: '◼' }
/** What broke inside of ocm may have been done before that. */
const KINDS = { internal: 'unknown', usage: 'refused' }
/** What is no outcome of an operation has words of the page's own. */
const PLAIN = new Set(['running', 'refused', 'stopped'])
const LEVEL_SIGNS = { critical: '■', warning: '▲', notice: '●' }

/** @param {{lead: object[], parts: object[][]}} told */
export function toldView(told) {
  return h('div', { class: 'told' }, linesView(told.lead), told.parts.map(linesView))
}

function linesView(lines) {
  if (lines.length === 0) return null
  return h('div', { class: 'told-part' }, lines.map(lineView))
}

function lineView(line) {
  switch (line.kind) {
    case 'facts':
      return factsView(line.facts)
    case 'text':
    case 'aside':
      return h('p', { class: line.kind, 'data-mark': line.mark }, markOf(line.mark), line.text)
    case 'item':
      return h('p', { class: 'item' }, line.text)
    case 'state': {
      const words = [line.text, line.reason].filter(Boolean).join(' · ')
      return line.label === null
        ? h('p', { 'data-state': line.state }, words)
        : factsView([[line.label, words]])
    }
    case 'check':
      return h('p', {}, sign(line.passed ? SIGNS.done : SIGNS.failed), line.text)
    case 'next':
      return h('p', { class: 'next' }, line.text)
    case 'change':
      return h(
        'p',
        { class: 'change' },
        `${line.path}: `,
        h('del', {}, line.before),
        ' → ',
        h('ins', {}, line.after),
      )
    case 'findings':
      return h('ul', { class: 'findings' }, line.findings.map(findingView))
    case 'log':
      return h(
        'figure',
        {},
        h('figcaption', {}, line.title),
        h('pre', { tabindex: '0' }, line.lines.join('\n')),
      )
    default:
      return null
  }
}

function markOf(mark) {
  return mark && MARKS[mark] ? sign(MARKS[mark]) : null
}

/** A sign that only repeats what words say. */
export function sign(text) {
  return h('span', { class: 'sign', 'aria-hidden': 'true' }, text)
}

/** Labels and values. */
export function factsView(facts) {
  return h(
    'dl',
    { class: 'facts' },
    facts.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))),
  )
}

/** Something that is wrong, why, and what to do. */
export function findingView({ severity, text, reason, detail, next }) {
  return h(
    'li',
    { 'data-level': severity },
    h('strong', {}, sign(LEVEL_SIGNS[severity] ?? ''), text),
    reason && h('p', { class: 'aside' }, reason),
    detail && h('p', { class: 'aside remote' }, detail),
    next && h('p', { class: 'next' }, next),
  )
}

/** How something ended or that it goes on: a sign, a word and a colour. */
export function outcomeView(outcome, words) {
  const kind = KINDS[outcome] ?? outcome
  const text = PLAIN.has(kind) ? words.t(`page.${kind}`) : words.t(`outcome.${kind}`)
  return h('p', { class: 'outcome', 'data-outcome': kind }, sign(SIGNS[kind]), text)
}

/** An error, what to do about it, and under which id the audit has it. `label`: what the reader's form calls its field. */
export function refusalView(error, words, label = null) {
  const title = error.status === 0 ? words.t('page.no-answer') : error.message
  return h(
    'div',
    { class: 'refusal', role: 'alert' },
    h('p', {}, sign('!'), h('strong', {}, title)),
    label && h('p', { class: 'aside' }, label),
    error.next && h('p', { class: 'next' }, error.next),
    waiting(error) && h('p', {}, approvalsLink(words)),
    error.detail && h('p', { class: 'aside remote' }, error.detail),
    error.operationId && h('p', { class: 'aside' }, words.t('word.run', { id: error.operationId })),
  )
}

/** Whether it is about a request for the approval of a second person. */
function waiting({ code }) {
  return /^(?:unknown-)?approv(?:al|er)\b/.test(code ?? '')
}

/** Where requests are looked at and decided; a dialog that stands before it goes away. */
function approvalsLink(words) {
  const close = (event) => event.currentTarget.closest('dialog')?.close()
  return h('a', { href: '#/approvals', on: { click: close } }, words.t('approval.list'))
}
