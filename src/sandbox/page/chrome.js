/** What surrounds the messages: channel list, banners, and what an empty channel offers. */
import { avatar } from './avatar.js'
import { h, icon } from './dom.js'

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
