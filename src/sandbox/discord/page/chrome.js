/** What surrounds the messages: channel list, title bar, user and language switches, banners. */
import { avatar, roleChip } from './avatar.js'
import { h, icon } from './dom.js'
import { closePopover, openPopover } from './popover.js'
import { LOCALES } from './strings.js'

/** Names of a user's roles without the one that everybody has. */
export function roleNames(user, state) {
  return state.roles
    .filter((role) => user.roleIds.includes(role.id) && role.name !== '@everyone')
    .map((role) => role.name)
}

/**
 * Redraws a region only when what it shows has changed.
 * @param {HTMLElement} region
 * @param {unknown} data everything that `build` reads
 * @param {() => (Node | null)[]} build
 */
export function drawRegion(region, data, build) {
  const signature = JSON.stringify(data)
  if (region.drawnFrom === signature) return
  region.drawnFrom = signature
  const focused = region.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined
  region.replaceChildren(...build().filter(Boolean))
  if (focused !== undefined) region.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus()
}

/** @param {HTMLElement} region */
export function drawSidebar(region, store, t, actions) {
  const { state, who } = store
  const data = [
    who.locale,
    who.channelId,
    state.guildName,
    state.botName,
    state.botOnline,
    state.channels,
    state.refusals.length,
  ]
  drawRegion(region, data, () => {
    const texts = state.channels.filter((channel) => channel.type === 0)
    return [
      h(
        'div',
        { class: 'workspace' },
        h('span', { class: 'workspace-mark', 'aria-hidden': 'true', text: [...state.guildName][0] ?? '·' }),
        h(
          'div',
          { class: 'workspace-text' },
          h('strong', { text: state.guildName }),
          h('span', { class: 'sim-badge', title: t('simulation'), text: t('simulationShort') }),
        ),
      ),
      h(
        'div',
        { class: 'channels', role: 'group', 'aria-label': t('channels') },
        h('h2', { text: t('channels') }),
        texts.map((channel) => [
          channelButton(channel, who, actions),
          state.channels
            .filter((thread) => thread.type === 11 && thread.parentId === channel.id)
            .map((thread) => channelButton(thread, who, actions)),
        ]),
      ),
      h(
        'div',
        { class: 'sidebar-foot' },
        h(
          'div',
          { class: 'bot-card' },
          avatar(state.botName, { bot: true, size: 34, online: state.botOnline }),
          h(
            'span',
            { class: 'bot-card-text' },
            h('strong', { text: state.botName }),
            h('span', { text: state.botOnline ? t('online') : t('offline') }),
          ),
        ),
        h(
          'button',
          {
            class: 'icon-button',
            type: 'button',
            title: t('theme'),
            'aria-label': t('theme'),
            dataset: { focus: 'theme', testid: 'theme' },
            on: { click: actions.toggleTheme },
          },
          icon('sun'),
        ),
        h(
          'button',
          {
            class: 'icon-button',
            type: 'button',
            title: t('log'),
            'aria-label': t('log'),
            dataset: { focus: 'log', testid: 'log' },
            on: { click: actions.showLog },
          },
          icon('log'),
          state.refusals.length > 0 ? h('span', { class: 'badge', text: state.refusals.length }) : null,
        ),
      ),
    ]
  })
}

function channelButton(channel, who, actions) {
  const current = channel.id === who.channelId
  const thread = channel.type === 11
  return h(
    'button',
    {
      class: `channel${thread ? ' channel-thread' : ''}${current ? ' channel-current' : ''}`,
      type: 'button',
      'aria-current': current ? 'page' : null,
      dataset: { testid: 'channel', channelId: channel.id, focus: channel.id },
      on: { click: () => actions.openChannel(channel.id) },
    },
    icon(thread ? 'thread' : 'hash', 17),
    h('span', { text: channel.name }),
  )
}

/** @param {HTMLElement} region */
export function drawHeader(region, store, t, actions) {
  const { state, who } = store
  const channel = store.channel()
  const me = store.me()
  drawRegion(region, [who, state.users, state.roles, channel], () => [
    h(
      'button',
      {
        class: 'icon-button only-phone',
        type: 'button',
        'aria-label': t('menu'),
        dataset: { focus: 'menu', testid: 'menu' },
        on: { click: actions.toggleSidebar },
      },
      icon('menu', 20),
    ),
    h(
      'h1',
      { class: 'title' },
      icon(channel?.type === 11 ? 'thread' : 'hash', 20),
      h('span', { text: channel?.name ?? '' }),
    ),
    h('span', { class: 'sim-note', text: t('simulation'), dataset: { testid: 'simulation' } }),
    languageSwitch(who, t, actions),
    me === null ? null : userSwitch(me, store, t, actions),
  ])
}

function languageSwitch(who, t, actions) {
  return h(
    'div',
    {
      class: 'languages',
      role: 'radiogroup',
      'aria-label': t('language'),
      dataset: { testid: 'language-switch' },
    },
    LOCALES.map((locale) =>
      h(
        'button',
        {
          class: 'language',
          type: 'button',
          role: 'radio',
          lang: locale.code,
          title: locale.label,
          'aria-checked': String(locale.code === who.locale),
          dataset: { locale: locale.code, testid: 'language', focus: locale.code },
          on: { click: () => actions.setLocale(locale.code) },
        },
        locale.short,
      ),
    ),
  )
}

function userSwitch(me, store, t, actions) {
  const { state } = store
  const button = h(
    'button',
    {
      class: 'user-switch',
      type: 'button',
      'aria-haspopup': 'menu',
      'aria-label': `${t('user')} ${me.name}`,
      dataset: { testid: 'user-switch', focus: 'user', userId: me.id },
      on: { click: open },
    },
    avatar(me.name, { size: 30 }),
    h('span', { class: 'user-text' }, h('span', { class: 'user-name', text: me.name }), chips(me, state, t)),
    icon('chevron', 16),
  )
  return button

  function open() {
    if (button.getAttribute('aria-expanded') === 'true') return closePopover()
    button.setAttribute('aria-expanded', 'true')
    const people = state.users.filter((user) => !user.bot)
    const menu = h(
      'div',
      { class: 'user-menu', role: 'menu' },
      h('p', { class: 'menu-title', text: t('user') }),
      people.map((user) =>
        h(
          'button',
          {
            class: 'user-item',
            type: 'button',
            role: 'menuitemradio',
            'aria-checked': String(user.id === me.id),
            dataset: { testid: 'user-item', userId: user.id, userName: user.name },
            on: {
              click() {
                closePopover()
                actions.setUser(user.id)
              },
            },
          },
          avatar(user.name, { size: 34 }),
          h(
            'span',
            { class: 'user-text' },
            h('span', { class: 'user-name', text: user.name }),
            chips(user, state, t),
          ),
          h('span', { class: 'tick' }, icon('check', 15)),
        ),
      ),
    )
    menu.addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step === undefined) return
      event.preventDefault()
      const items = [...menu.querySelectorAll('.user-item')]
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus()
    })
    openPopover(button, menu, {
      matchWidth: false,
      onClose: () => button.setAttribute('aria-expanded', 'false'),
    })
    menu.querySelector('[aria-checked="true"]')?.focus({ preventScroll: true })
  }
}

function chips(user, state, t) {
  const names = roleNames(user, state)
  return h(
    'span',
    { class: 'role-chips' },
    names.length > 0 ? names.map(roleChip) : h('span', { class: 'role-none', text: t('noRole') }),
  )
}

/** Calm strips above the messages. */
export function drawBanners(region, store, t) {
  const { state, connected } = store
  drawRegion(region, [store.who.locale, connected, state?.botOnline, state?.botName], () => [
    connected
      ? null
      : h(
          'p',
          { class: 'banner banner-warn', role: 'status', dataset: { testid: 'reconnecting' } },
          h('span', { class: 'spinner' }),
          t('reconnecting'),
        ),
    state !== null && !state.botOnline
      ? h(
          'p',
          { class: 'banner', role: 'status', dataset: { testid: 'bot-offline' } },
          icon('warn', 16),
          t('botOffline', { name: state.botName }),
        )
      : null,
  ])
}

/** What an empty channel offers: a greeting and the first commands. */
export function welcome(store, t, actions) {
  const { state } = store
  const first = state.commands.filter((command) => command.visible).slice(0, 4)
  return h(
    'div',
    { class: 'welcome', dataset: { testid: 'welcome' } },
    avatar(state.botName, { bot: true, size: 64 }),
    h('h2', { text: t('welcome', { channel: store.channel()?.name ?? '' }) }),
    h('p', { class: 'welcome-hint', text: t('welcomeHint', { name: state.botName }) }),
    h(
      'div',
      { class: 'starters' },
      first.map((command) =>
        h(
          'button',
          {
            class: 'starter',
            type: 'button',
            dataset: { testid: 'starter' },
            on: { click: () => actions.openCommand(command.path) },
          },
          h('strong', { text: `/${command.displayPath.join(' ')}` }),
          h('span', { text: command.description }),
        ),
      ),
    ),
  )
}
