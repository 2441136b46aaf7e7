/** What waits for a second person: each request with its plan, and the two answers; and what needs one. */
import { Refused } from './api.js'
import { createApprovalRules } from './approval-rules.js'
import { openAct } from './dialog.js'
import { button, fill, h, setText } from './dom.js'
import { OPERATIONS } from './operations.js'
import { may, mayAt } from './rights.js'
import { refusalView, toldView } from './told.js'

/** Looked at again so often: a request may come from any face, and its approval may run out. */
const AGAIN_MS = 10_000

export function createApprovals(app) {
  const { words, me } = app
  const note = h('p', { role: 'status' }, words.t('page.loading'))
  const refused = h('div', {})
  const list = h('ol', { class: 'audit approvals' })
  const rules = createApprovalRules(app)
  const element = h(
    'article',
    { class: 'audit-view' },
    h('p', { class: 'back' }, h('a', { href: '#/' }, words.t('page.back'))),
    h('h1', {}, words.t('approval.list')),
    refused,
    note,
    list,
    rules.element,
  )
  let looking = null
  let shown = ''
  /** What is told of each request, which ages. */
  const said = new Map()

  async function look() {
    looking?.abort()
    const mine = new AbortController()
    looking = mine
    try {
      const { data, told } = await app.api.read('list-approvals', {}, mine.signal)
      setText(note, data.requests.length > 0 ? '' : words.t('approval.list.none'))
      rules.draw(data.rules)
      const states = data.requests.map((one) => `${one.id} ${one.state} ${mayDecide(one)}`).join()
      // No button is drawn anew under the hand of who is about to press; what is said of its age is.
      if (states !== shown) {
        said.clear()
        fill(list, data.requests.map(requestView))
      }
      shown = states
      for (const [index, { id }] of data.requests.entries())
        fill(said.get(id), h('h2', {}, told[index].title), toldView(told[index]))
    } catch (error) {
      if (error instanceof Refused) fill(note, refusalView(error, words))
      else if (error.name !== 'AbortError') throw error
    }
  }

  const isOwn = ({ askedBy }) =>
    [me.person?.id, `${me.person?.via}:${me.person?.id}`].includes(askedBy.identity)

  /** Whether a reader could do it themselves; the server decides again. */
  function mayDecide({ access, nodeId, tags }) {
    // A node that is not known, or not known yet, is for who may do it everywhere.
    const node = nodeId === null ? null : (app.model.rows.get(nodeId)?.row ?? { tags: [] })
    const at = (where) => mayAt(me, 'approve-request', access, where)
    return at(node) && (tags ?? []).every((tag) => at({ tags: [tag] }))
  }

  /** Only who asked can go on without a second person. */
  function emergency(request) {
    const { id } = request
    if (!isOwn(request) || !may(me, 'override-approval', null)) return null
    const about = {
      input: { request: id },
      subject: id,
      fields: OPERATIONS['override-approval'].fields.filter(({ name }) => name === 'reason'),
    }
    return button(words.t('page.emergency'), () => openAct(app, 'override-approval', about), {
      class: 'danger',
      'data-act': 'override-approval',
    })
  }

  function requestView(request) {
    const { id, state } = request
    const about = h('div', { class: 'told' })
    said.set(id, about)
    const isAllowed = mayDecide(request)
    return h(
      'li',
      { 'data-request': id, 'data-state': state },
      about,
      h(
        'p',
        { class: 'controls' },
        state === 'open' &&
          isAllowed &&
          !isOwn(request) &&
          button(words.t('button.approve'), () => void decide('approve-request', id), { class: 'primary' }),
        (isAllowed || isOwn(request)) &&
          button(words.t('button.refuse'), () => void decide('refuse-request', id)),
        state === 'open' && emergency(request),
      ),
    )
  }

  async function decide(operation, request) {
    fill(refused)
    try {
      await app.api.read(operation, { request })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      fill(refused, refusalView(error, words))
    }
    await look()
  }

  void look()
  const timer = setInterval(() => void look(), AGAIN_MS)
  return {
    element,
    update() {},
    moved() {},
    refresh: () => void look(),
    close() {
      clearInterval(timer)
      looking?.abort()
    },
  }
}
