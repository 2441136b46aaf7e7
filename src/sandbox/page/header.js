/** The title bar: the channel, the user and language switches. */
import { avatar, roleChip } from './avatar.js'
import { drawRegion } from './chrome.js'
import { h, icon } from './dom.js'
import { closePopover, openPopover } from './popover.js'
import { LOCALES } from './strings.js'

/** Names of a user's roles without the one that everybody has. */
function roleNames(user, state) {
  return state.roles
    .filter((role) => user.roleIds.includes(role.id) && role.name !== '@everyone')
    .map((role) => role.name)
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
