/** What the page knows: who is looking, in which language, at which channel, and the server's last answer. */
import { fetchState } from './api.js'
import { LOCALES } from './strings.js'

const SAVED = 'ops-chat'

/**
 * @typedef {{userId: string, locale: string, channelId: string}} Who
 * @returns a store with `who`, `state`, `connected`; listeners run after every change
 */
export function createStore() {
  const listeners = new Set()
  let inFlight = null
  let dirty = false
  let clockOffset = 0

  const store = {
    who: initialWho(),
    state: null,
    connected: true,
    /** The messages on screen are not yet those of the chosen viewer and channel. */
    loading: true,
    /** `performance.now()` at which the request for the present state was sent. */
    askedAt: 0,
    /** Messages that this viewer has closed. They are gone from the client, not from the server. */
    dismissed: new Set(),
    now: () => Date.now() + clockOffset,
    me: () => store.state?.users.find((user) => user.id === store.who.userId) ?? null,
    channel: () => store.state?.channels.find((channel) => channel.id === store.who.channelId) ?? null,
    subscribe(listener) {
      listeners.add(listener)
    },
    change,
    refresh,
    setConnected(connected) {
      if (store.connected === connected) return
      store.connected = connected
      notify()
    },
    dismiss(id) {
      store.dismissed.add(id)
      notify()
    },
    notify,
  }

  function notify() {
    for (const listener of listeners) listener()
  }

  /** Changes who looks, how or where. */
  function change(part) {
    const next = { ...store.who, ...part }
    if (next.userId === store.who.userId && next.locale === store.who.locale) {
      if (next.channelId === store.who.channelId) return
    }
    store.who = next
    remember(next)
    // The old viewer's messages must not stay on screen while the new answer travels.
    if (store.state !== null && part.locale === undefined) {
      store.state = { ...store.state, messages: [], interactions: [] }
      store.loading = true
    }
    inFlight?.abort()
    inFlight = null
    notify()
    void refresh()
  }

  /** Fetches the state; calls during a fetch make exactly one more. */
  async function refresh() {
    if (inFlight !== null) {
      dirty = true
      return
    }
    const controller = new AbortController()
    inFlight = controller
    const askedAt = performance.now()
    try {
      const state = await fetchState(store.who, controller.signal)
      if (inFlight !== controller) return
      clockOffset = state.now - Date.now()
      const missing = settle(state)
      store.state = state
      store.askedAt = askedAt
      store.loading = missing
      if (missing) dirty = true
      notify()
    } catch {
      if (inFlight === controller) store.setConnected(false)
    } finally {
      if (inFlight === controller) {
        inFlight = null
        if (dirty) {
          dirty = false
          void refresh()
        }
      }
    }
  }

  /** Picks a user and a channel that exist; nobody may be shown no channel at all. True when the answer was for another pair than the one now chosen. */
  function settle(state) {
    const people = state.users.filter((user) => !user.bot)
    const user =
      people.find((one) => one.id === store.who.userId || one.name === store.who.userId) ?? people[0]
    const channel =
      state.channels.find((one) => one.id === store.who.channelId || one.name === store.who.channelId) ??
      state.channels[0]
    const next = { ...store.who, userId: user?.id ?? '', channelId: channel?.id ?? store.who.channelId }
    const changed = next.userId !== store.who.userId || next.channelId !== store.who.channelId
    store.who = next
    if (changed) {
      state.messages = []
      state.interactions = []
    }
    return changed
  }

  return store
}

function initialWho() {
  let saved = {}
  try {
    saved = JSON.parse(localStorage.getItem(SAVED) ?? '{}') ?? {}
  } catch {
    // Storage can be off or hold something else; the page then starts with its defaults.
  }
  const query = new URLSearchParams(location.search)
  const codes = LOCALES.map((locale) => locale.code)
  const wanted = query.get('locale') ?? saved.locale ?? navigator.language
  const near = codes.find((code) => code === wanted || code.split('-')[0] === String(wanted).split('-')[0])
  return {
    userId: query.get('user') ?? saved.userId ?? '',
    channelId: query.get('channel') ?? saved.channelId ?? '',
    locale: near ?? 'en-US',
  }
}

function remember(who) {
  try {
    localStorage.setItem(SAVED, JSON.stringify(who))
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
