/** Puts the page together: store in, regions out. */
import { call, followVersions } from './api.js'
import { drawBanners, drawSidebar, welcome } from './chrome.js'
import { createComposer } from './composer.js'
import { createDrawer } from './drawer.js'
import { drawHeader } from './header.js'
import { createMessageList, jumpButton } from './message-list.js'
import { createModals } from './modal.js'
import { closePopover } from './popover.js'
import { createPresses } from './presses.js'
import { createStore } from './store.js'
import { translator } from './strings.js'
import { tick } from './time.js'

const ADMINISTRATOR = 8n
const MANAGE_MESSAGES = 0x2000n
const THEME = 'ops-chat-theme'

const region = (id) => document.getElementById(id)
const store = createStore()
const presses = createPresses({ call, store })
const translate = () => translator(store.who.locale)
const jump = jumpButton('')
region('stage').append(jump)
const list = createMessageList({ scroller: region('scroller'), list: region('messages'), jump })
const drawer = createDrawer({ root: region('drawer'), translate, store })
const composer = createComposer({ form: region('composer'), store, onSent: () => list.toBottom() })
const modals = createModals({ store, translate, markdown: markdownContext })
let unread = 0
let seen = ''

const actions = {
  openChannel(channelId) {
    document.body.classList.remove('sidebar-open')
    store.change({ channelId })
  },
  setUser(userId) {
    presses.forget()
    store.change({ userId })
  },
  setLocale: (locale) => store.change({ locale }),
  openCommand: (path) => composer.openCommand(path),
  toggleSidebar: () => document.body.classList.toggle('sidebar-open'),
  showLog() {
    document.body.classList.remove('sidebar-open')
    drawer.showLog()
  },
  showRaw: (message) => drawer.showRaw(message),
  dismiss: (id) => store.dismiss(id),
  press: (messageId, customId) => presses.press(messageId, customId),
  choose: (messageId, customId, values) => presses.choose(messageId, customId, values),
  remove: (message) =>
    call('deleteMessage', [message.channelId, message.id]).then(store.refresh, () => store.refresh()),
  toggleTheme() {
    const light = document.documentElement.dataset.theme === 'light'
    setTheme(light ? 'dark' : 'light')
  },
}

function markdownContext() {
  const { state, who } = store
  return {
    locale: who.locale,
    now: store.now,
    resolve(kind, id) {
      const lists = { user: state.users, role: state.roles, channel: state.channels }
      const found = lists[kind]?.find((one) => one.id === id)
      if (found === undefined) return authorOf(id)
      const self =
        kind === 'user' ? id === who.userId : kind === 'role' && (store.me()?.roleIds.includes(id) ?? false)
      return { name: found.name.replace(/^@/, ''), self }
    },
    openChannel: actions.openChannel,
    openCommand: actions.openCommand,
  }
}

/** Someone who is no person of the workspace, but wrote here: the bot. */
function authorOf(id) {
  const message = store.state.messages.find((one) => one.authorId === id)
  return message === undefined ? null : { name: message.authorName, self: false }
}

function canDelete(me, state) {
  const bits = state.roles
    .filter((role) => me?.roleIds.includes(role.id))
    .reduce((sum, role) => sum | BigInt(role.permissions), 0n)
  return (bits & (ADMINISTRATOR | MANAGE_MESSAGES)) !== 0n
}

function draw() {
  const t = translate()
  const { state, who } = store
  document.documentElement.lang = who.locale
  drawBanners(region('banners'), store, t)
  if (state === null) return
  drawSidebar(region('sidebar'), store, t, actions)
  drawHeader(region('header'), store, t, actions)
  const me = store.me()
  const view = {
    t,
    locale: who.locale,
    now: store.now,
    state,
    me,
    channelId: who.channelId,
    // Mentions, select menus and thread cards read these; a change redraws the rows.
    names: JSON.stringify([state.users, state.roles, state.channels, who.userId]),
    markdown: markdownContext(),
    canDelete: canDelete(me, state),
    actions,
  }
  list.draw(view, {
    presses,
    dismissed: store.dismissed,
    placeKey: `${who.userId} ${who.channelId}`,
    loading: store.loading,
    empty: () => welcome(store, t, actions),
  })
  jump.firstChild.textContent = t('newMessages')
  region('sim').textContent = t('simulation')
  composer.update()
  modals.update()
  drawer.update()
  countUnread()
}

function countUnread() {
  const newest = store.state.messages.at(-1)?.id ?? ''
  const place = `${store.who.userId} ${store.who.channelId}`
  const [seenPlace, seenId] = seen.split('|')
  if (document.hidden && place === seenPlace) {
    const fresh = store.state.messages.filter(
      (message) => message.authorId !== store.who.userId && later(message.id, seenId),
    )
    unread = fresh.length
  } else {
    unread = 0
    seen = `${place}|${newest}`
  }
  const mark = unread > 0 ? `(${unread}) ` : ''
  document.title = `${mark}#${store.channel()?.name ?? ''} · ${store.state.guildName}`
}

function later(id, than) {
  return than === '' || BigInt(id) > BigInt(than)
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme
  try {
    localStorage.setItem(THEME, theme)
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function savedTheme() {
  try {
    return localStorage.getItem(THEME) === 'light' ? 'light' : 'dark'
  } catch {
    return 'dark'
  }
}

document.documentElement.dataset.theme = savedTheme()
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && store.state !== null) countUnread()
})
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, textarea, dialog, .popover')
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    composer.startCommand()
  }
  if (event.key === 'Escape') document.body.classList.remove('sidebar-open')
})
region('veil').addEventListener('click', () => document.body.classList.remove('sidebar-open'))

store.subscribe(draw)
followVersions({
  onVersion(version) {
    if (store.state === null || version !== store.state.version) void store.refresh()
  },
  onOpen() {
    store.setConnected(true)
    void store.refresh()
  },
  onDrop() {
    closePopover()
    store.setConnected(false)
  },
})
setInterval(() => tick(document, store.now(), store.who.locale), 1000)
draw()
void store.refresh()
