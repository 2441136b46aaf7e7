/** The page: who reads it, in which language, which view, and what the server last told. */
import { readAddress, takeRefusal, takeSecret } from './address.js'
import { createApi, Refused } from './api.js'
import { createApprovals } from './approvals.js'
import { createAudit } from './audit.js'
import { createChecks } from './checks.js'
import { createServerClock } from './clock.js'
import { fill, h } from './dom.js'
import { createFleet } from './fleet.js'
import { createFrame } from './frame.js'
import { createModel } from './model.js'
import { createNode } from './node.js'
import { keepAges } from './readings.js'
import { createRuns } from './runs.js'
import { createNoAnswer, createSignIn } from './sign-in.js'
import { createWords, LANGUAGES } from './words.js'

const KEPT_LANGUAGE = 'ocm-language'

const VIEWS = {
  fleet: createFleet,
  node: createNode,
  checks: createChecks,
  audit: createAudit,
  approvals: createApprovals,
}

const clock = createServerClock()
let language = firstLanguage()
let words = createWords(language, {})
let closeLast = () => {}

const api = createApi({ language: () => language, signedOut: () => void showSignIn(null, true) })

/** What was chosen here before, else what the browser prefers. */
function firstLanguage() {
  const kept = localStorage.getItem(KEPT_LANGUAGE)
  return [kept, ...navigator.languages].map(spoken).find(Boolean) ?? 'en'
}

function spoken(tag) {
  if (typeof tag !== 'string') return null
  if (Object.hasOwn(LANGUAGES, tag)) return tag
  const [base] = tag.toLowerCase().split('-')
  return base === 'zh' ? 'zh-CN' : base === 'ja' || base === 'en' ? base : null
}

async function speak(wanted) {
  const answer = await api.texts(wanted)
  language = wanted
  words = createWords(wanted, answer.texts ?? answer)
  document.documentElement.lang = wanted
  document.title = words.t('page.title')
}

async function start() {
  const secret = takeSecret()
  const refused = takeRefusal()
  try {
    await speak(language)
    if (secret !== null) await api.logIn(secret)
    if (refused !== null) return showSignIn(refusalOf(refused), false)
  } catch (error) {
    return showRefused(error)
  }
  await enter()
}

/** What was refused before this page was there to hear it. */
function refusalOf({ code, params }) {
  const key = `error.${words.has(`error.${code}`) ? code : 'discord-log-in-over'}`
  return new Refused(401, { code, title: words.t(key, params), next: words.t(`${key}.next`, params) })
}

async function enter() {
  try {
    const me = await api.me()
    clock.tell(me.serverTime)
    const wanted = localStorage.getItem(KEPT_LANGUAGE) === null ? spoken(me.language) : null
    if (wanted !== null && wanted !== language) await speak(wanted)
    showPage({ ...me, grants: me.grants ?? [{ level: me.level, tags: me.tags ?? null }] })
  } catch (error) {
    showRefused(error)
  }
}

function showRefused(error) {
  if (!(error instanceof Refused)) throw error
  if (error.status === 0) {
    closeLast()
    return fill(
      document.body,
      h(
        'main',
        {},
        createNoAnswer({ words }, () => void start()),
      ),
    )
  }
  showSignIn(error.status === 401 && error.code === 'not-signed-in' ? null : error, false)
}

function showSignIn(refusal, ended) {
  closeLast()
  closeLast = () => {}
  fill(
    document.body,
    h('main', {}, createSignIn({ words, api }, { refusal, ended, signedIn: () => void enter() })),
  )
}

function showPage(me) {
  closeLast()
  const runs = createRuns({ api })
  const model = createModel({
    api,
    clock,
    runs,
    signedOut: () => showSignIn(null, true),
    renewed(now) {
      // Roles that were given or taken away change what there is to press.
      if (JSON.stringify(now.grants) === JSON.stringify(me.grants)) return false
      showPage(now)
      return true
    },
  })
  let view = null
  const app = {
    api,
    clock,
    me,
    model,
    runs,
    words,
    /** After an act: what it changed is read anew. */
    changed() {
      if (!model.connected) void model.refresh()
      view?.refresh?.()
    },
    say: (text) => frame.say(text),
  }
  const frame = createFrame(app, {
    async choose(wanted) {
      localStorage.setItem(KEPT_LANGUAGE, wanted)
      await speak(wanted)
      showPage(me)
    },
    async leave() {
      await api.logOut()
      showSignIn(null, true)
    },
  })
  let shown = ''
  const show = () => {
    const { view: name, id } = readAddress()
    const place = `${name} ${id ?? ''}`
    if (place === shown) return view.moved()
    const first = shown === ''
    shown = place
    view?.close()
    view = VIEWS[name](app, id)
    frame.show(view.element, name)
    view.update(null)
    if (!first) frame.focus()
  }
  const ages = keepAges(app)
  const stopHearing = model.subscribe((changed) => {
    view.update(changed)
    frame.update()
  })
  addEventListener('hashchange', show)
  closeLast = () => {
    clearInterval(ages)
    stopHearing()
    removeEventListener('hashchange', show)
    model.stop()
    view.close()
    frame.close()
    for (const dialog of document.querySelectorAll('dialog')) dialog.close()
  }
  fill(document.body, frame.element)
  show()
  model.start()
}

void start()
