/** The dialog of one act: what it asks for, its plan, its steps and its end. */
import { newKey, Refused } from './api.js'
import { brakeOf } from './brake.js'
import { button, fill, h, setText } from './dom.js'
import { fieldView, labelOf } from './fields.js'
import { fleetRunView } from './fleet-run.js'
import { tagsOf } from './model.js'
import { OPERATIONS } from './operations.js'
import { standing } from './runs.js'
import { outcomeView, refusalView, toldView } from './told.js'

/** Statuses after which nobody knows whether it was done. */
const UNSURE = [0, 500, 504]

let nextId = 0

/**
 * Opens the dialog of an operation.
 * @param {{api: object, words: object, runs: object, changed(): void}} app
 * @param {string} name of the operation
 * @param {{input: Record<string, unknown>, subject: string, values?: Record<string, unknown>, fields?: object[]}} about
 *   what it is done to; `subject` names it to people, `values` are put into the fields, `fields` are asked for instead
 *   of those of the operation, a `choice` among them with its `choices`: values and their texts
 */
export function openAct(app, name, about) {
  const operation = OPERATIONS[name]
  const title = `${app.words.t(`operation.${name}`)} · ${about.subject}`
  const shell = openShell(app, title)
  const fields = [
    ...(about.fields ?? operation.fields),
    ...(operation.typed ? [{ name: operation.typed, kind: 'typed', required: true }] : []),
  ]
  const act = { app, name, operation, about, title, shell, fields }
  if (fields.length > 0) askFields(act)
  else if (operation.planned) void showPlan(act, {})
  else askSure(act)
}

/** A dialog with a title, a body and a row of buttons. Closing it stops nothing. */
export function openShell({ words }, title) {
  const id = `dialog-${nextId++}`
  const body = h('div', { class: 'dialog-body', tabindex: '-1' })
  const live = h('p', { class: 'unseen', 'aria-live': 'polite' })
  const controls = h('div', { class: 'controls' })
  const dialog = h(
    'dialog',
    { 'aria-labelledby': id },
    h(
      'header',
      {},
      h('h2', { id }, title),
      button('✕', () => dialog.close(), { class: 'quiet', 'aria-label': words.t('page.close') }),
    ),
    body,
    live,
    controls,
  )
  const stops = []
  // What was asked about is no longer there where the address is another.
  const leave = () => dialog.close()
  window.addEventListener('hashchange', leave)
  dialog.addEventListener('close', () => {
    window.removeEventListener('hashchange', leave)
    for (const stop of stops) stop()
    dialog.remove()
  })
  document.body.append(dialog)
  dialog.showModal()
  return {
    dialog,
    controls,
    onClose: (stop) => stops.push(stop),
    /** Shows something else, and lets the keyboard go on from there. */
    show(...children) {
      fill(body, ...children)
      if (!body.contains(document.activeElement)) body.focus({ preventScroll: true })
    },
    /** Says it to those who hear the page. */
    say: (text) => setText(live, text),
  }
}

function cancel({ app, shell }) {
  return button(app.words.t('button.cancel'), () => shell.dialog.close(), { class: 'quiet' })
}

/** What is sent besides what it is done to. */
function bodyOf({ operation, about }, given) {
  const input = { ...operation.fixed, ...about.input, ...given }
  // What says why goes into the audit, too.
  return { input, ...(given.reason === undefined ? {} : { reason: given.reason }) }
}

function askFields(act, refusal = null) {
  const { app, operation, shell, about, fields } = act
  const { words } = app
  const tags = tagsOf([...app.model.rows.values()])
  const inputs = new Map(fields.map((field) => [field, fieldView(field, about, words, tags)]))
  const go = h('button', { class: 'primary' }, words.t(operation.planned ? 'page.see-plan' : 'page.do-it'))
  const form = h(
    'form',
    { id: `form-${nextId++}` },
    [...inputs.values()].map(({ view }) => view),
  )
  go.setAttribute('form', form.id)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const given = {}
    for (const [{ name }, { read }] of inputs) {
      const value = read()
      if (value !== undefined) given[name] = value
    }
    if (operation.planned) void showPlan(act, given)
    else void begin(filledIn(act, given), bodyOf(act, given))
  })
  const wrong = refusal && fields.find(({ name }) => name === refusal.field)
  const label = wrong && labelOf(wrong, about, words)
  shell.show(refusal && refusalView(refusal, words, label), form)
  fill(shell.controls, go, cancel(act))
  if (wrong) inputs.get(wrong).refuse()
}

/** What was typed stays there when it is asked for once more. */
function filledIn(act, given) {
  return { ...act, about: { ...act.about, values: { ...act.about.values, ...given } } }
}

function askSure(act) {
  const { app, shell } = act
  shell.show(h('p', {}, app.words.t('page.no-plan')))
  const go = button(app.words.t('page.do-it'), () => void begin(act, bodyOf(act, {})), { class: 'primary' })
  fill(shell.controls, go, cancel(act))
  go.focus()
}

async function showPlan(act, given) {
  const { app, shell, operation, name, fields } = act
  const { words } = app
  const body = bodyOf(act, given)
  shell.show(h('p', { class: 'busy' }, words.t('page.planning')))
  fill(shell.controls, cancel(act))
  let plan
  try {
    plan = await app.api.plan(name, body)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (fields.length > 0) return askFields(filledIn(act, given), error)
    shell.show(refusalView(error, words))
    const again = button(words.t('page.again'), () => void showPlan(act, given))
    return fill(shell.controls, again, cancel(act))
  }
  shell.show(plan.told && h('h3', {}, plan.told.title), plan.told ? toldView(plan.told) : rawView(plan.plan))
  const go = button(
    words.t(operation.confirm),
    () =>
      void begin({ ...filledIn(act, given), plan: plan.plan }, { ...body, fingerprint: plan.fingerprint }),
    { class: 'primary danger', 'data-act': 'confirm' },
  )
  fill(shell.controls, go, cancel(act))
}

/** A plan without words, for what has none. */
function rawView(plan) {
  return h('pre', { tabindex: '0' }, JSON.stringify(plan, null, 2))
}

async function begin(act, body, key = newKey()) {
  const { app, shell, name, title } = act
  const { words, api, runs } = app
  shell.show(h('p', { class: 'busy' }, words.t('page.sending')))
  fill(shell.controls)
  let answer
  try {
    answer = await api.begin(name, body, key)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    // What was sent and not answered may have been done, and so may what broke: only looking can tell.
    const unsure = UNSURE.includes(error.status) ? outcomeView('unknown', words) : null
    // There is a request now, which the view behind may show.
    if (error.code === 'approval-needed') app.changed()
    if (!unsure && act.fields.length > 0) return askFields(act, error)
    shell.show(unsure, refusalView(error, words), unsure && h('p', { class: 'next' }, words.t('page.unsure')))
    // A plan that was refused is made anew; whatever else is sent again is done once.
    const again = () => void (unsure || !act.operation.planned ? begin(act, body, key) : showPlan(act, {}))
    return fill(shell.controls, button(words.t('page.again'), again, { class: 'primary' }), cancel(act))
  }
  if (answer.state === undefined) {
    showEnd(act, answer)
    return app.changed()
  }
  const run = runs.follow(answer, title)
  const draw = () => {
    drawRun(act, run)
    if (run.ended) app.changed()
  }
  shell.onClose(runs.subscribe(draw))
  // An end that was seen here need not be told again below.
  shell.onClose(() => run.ended && runs.forget(run.id))
  draw()
}

function drawRun(act, run) {
  const { app, shell, operation } = act
  const { words } = app
  const { view } = run
  const told = view.told ?? null
  const last = view.steps.at(-1)
  shell.say(run.ended ? outcomeView(standing(run), words).textContent : (last?.text ?? ''))
  shell.show(
    outcomeView(standing(run), words),
    run.silent && h('p', { class: 'aside' }, words.t('page.silent-run')),
    run.refused && refusalView(run.refused, words),
    !run.ended && run.notStopped && refusalView(run.notStopped, words),
    !run.ended && view.stopping && h('p', { class: 'aside' }, words.t(operation.stopping)),
    view.error && h('p', {}, view.error.message),
    view.error?.next && h('p', { class: 'next' }, view.error.next),
    run.ended && told && h('h3', {}, told.title),
    run.ended && told && toldView(told),
    stepsView(act, run),
    h('p', { class: 'aside' }, words.t('word.run', { id: run.id })),
  )
  const close = button(words.t(run.ended ? 'page.close' : 'page.go-on-without'), () => shell.dialog.close())
  const next = run.ended ? ways(act, view.data ?? null) : [brakeOf(app, run)].filter(Boolean)
  const shown = [...next, close]
  if (shell.controls.textContent !== shown.map((one) => one.textContent).join(''))
    fill(shell.controls, ...shown)
}

/** What can be done about how it ended, each in a dialog of its own. */
function ways({ app, operation, shell }, data) {
  if (data === null || operation.next === undefined) return []
  return operation.next(data).map(({ name, text, input }) =>
    button(app.words.t(text), () => {
      shell.dialog.close()
      openAct(app, name, { input, subject: input.id, fields: [] })
    }),
  )
}

/** Steps that replace one another, such as those of a wait, are one line: that of the last. */
function lastOfEach(steps) {
  const last = new Map()
  for (const step of steps) last.set(step.key, step)
  return [...last.values()]
}

/** What has been done so far; of a run on many nodes, what becomes of each of them. */
function stepsView({ app, plan }, run) {
  const steps = lastOfEach(run.view.steps)
  if (!run.ended && Array.isArray(plan?.nodes) && plan.nodes.length > 0)
    return fleetRunView(steps, plan.nodes, app.words)
  const left = unsaid(steps, run.ended ? (run.view.told ?? null) : null)
  return h(
    'ol',
    { class: 'steps' },
    left.map(({ text, key }) => h('li', {}, text || key)),
  )
}

/** The steps that the end does not tell in the very same words. */
function unsaid(steps, told) {
  if (told === null) return steps
  const said = new Set([...told.lead, ...told.parts.flat()].map((line) => line.text))
  return steps.filter(({ text }) => !said.has(text))
}

function showEnd({ app, shell }, answer) {
  const { words } = app
  shell.show(
    outcomeView(answer.outcome, words),
    answer.told && h('h3', {}, answer.told.title),
    answer.told && toldView(answer.told),
    answer.operationId && h('p', { class: 'aside' }, words.t('word.run', { id: answer.operationId })),
  )
  fill(
    shell.controls,
    button(words.t('page.close'), () => shell.dialog.close(), { class: 'primary' }),
  )
}
