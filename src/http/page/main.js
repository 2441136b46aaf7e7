/** The beginning of the page: who reads it, and in which language. What it waits for is asked for at once. */
import { findSecret, forgetSecret, readAddress, takeRefusal } from './address.js'
import { createApi, Refused } from './api.js'
import { createServerClock } from './clock.js'
import { fill, h } from './dom.js'
import { createNoAnswer, createSignIn } from './sign-in.js'
import { openStream } from './stream.js'
import { viewNamed } from './views.js'
import { createWords, LANGUAGES } from './words.js'

const KEPT_LANGUAGE = 'ocm-language'
const nothing = () => {}

const clock = createServerClock()
let language = firstLanguage()
let words = createWords(language, {})
/** Closes what is shown to somebody who is signed in. */
let closeLast = nothing
/** The stream that was opened before there was anything to show. */
let early = null

const api = createApi({
  language: () => language,
  // Who was not signed in yet has not been signed out.
  signedOut: () => closeLast !== nothing && showSignIn(null, true),
})

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
  const secret = findSecret()
  const refused = takeRefusal()
  // What takes longest goes first, and everything else is done while it is on its way.
  const reader = refused === null ? whoReads(secret) : null
  const told = speak(language)
  if (secret !== null) forgetSecret()
  const entered = reader && enter(reader, told)
  // It is heard below, after the words in which a refusal is told.
  entered?.catch(nothing)
  try {
    await told
    if (refused !== null) showSignIn(refusalOf(refused), false)
    await entered
  } catch (error) {
    showRefused(error)
  }
}

/** What was refused before this page was there to hear it. */
function refusalOf({ code, params }) {
  const key = `error.${words.has(`error.${code}`) ? code : 'discord-log-in-over'}`
  return new Refused(401, { code, title: words.t(key, params), next: words.t(`${key}.next`, params) })
}

/** Who reads; signs in by the secret of a link where there is one. Whoever is signed in hears the stream from then on. */
async function whoReads(secret) {
  const signedIn = secret === null ? null : await api.logIn(secret)
  closeEarly()
  early = openStream()
  if (signedIn === null) return api.me()
  // The browser asks for the stream between two tasks: not only after everything is made that shows what it tells.
  await new Promise((wake) => setTimeout(wake))
  return signedIn
}

function closeEarly() {
  early?.close()
  early = null
}

/** @throws Refused where the server does not send it */
async function loadPage() {
  try {
    const [{ createPage }] = await Promise.all([import('./page.js'), viewNamed(readAddress().view)])
    return createPage
  } catch {
    throw new Refused(0, { code: 'no-answer' })
  }
}

/** @throws Refused */
async function enter(reader, told = Promise.resolve()) {
  const [me, createPage] = await Promise.all([reader, loadPage(), told])
  clock.tell(me.serverTime)
  const wanted = localStorage.getItem(KEPT_LANGUAGE) === null ? spoken(me.language) : null
  if (wanted !== null && wanted !== language) await speak(wanted)
  showPage(createPage, { ...me, grants: me.grants ?? [{ level: me.level, tags: me.tags ?? null }] })
}

function showRefused(error) {
  if (!(error instanceof Refused)) throw error
  if (error.status !== 0) return showSignIn(error.code === 'not-signed-in' ? null : error, false)
  closeLast()
  closeEarly()
  const again = createNoAnswer({ words }, () => void start())
  fill(document.body, h('main', {}, again))
}

function showSignIn(refusal, ended) {
  closeLast()
  closeLast = nothing
  closeEarly()
  const signedIn = () => void enter(whoReads(null)).catch(showRefused)
  fill(document.body, h('main', {}, createSignIn({ words, api }, { refusal, ended, signedIn })))
}

function showPage(createPage, me) {
  closeLast()
  const stream = early
  early = null
  closeLast = createPage({
    api,
    clock,
    me,
    words,
    stream,
    signedOut: () => showSignIn(null, true),
    renewed: (now) => showPage(createPage, now),
    async choose(wanted) {
      localStorage.setItem(KEPT_LANGUAGE, wanted)
      await speak(wanted)
      showPage(createPage, me)
    },
  })
}

void start()
