/** The backups of a node, each with what can be done with it. */
import { openAct } from './dialog.js'
import { button, h } from './dom.js'
import { ageView } from './readings.js'
import { may } from './rights.js'

export function backupsView({ backups }, id, app) {
  const { words, me, model } = app
  const row = model.rows.get(id)?.row
  if (backups.length === 0) return h('p', {}, words.t('page.no-backup'))
  const acts = ['verify-backup', 'drill-backup', 'restore-node', 'delete-backup'].filter((name) =>
    may(me, name, row ?? { tags: [] }),
  )
  const heads = ['id', 'age', 'size', 'version', 'verified']
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': words.t('page.backups') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((name) => h('th', { scope: 'col' }, words.t(`page.backup.${name}`))),
          acts.length > 0 && h('td', {}),
        ),
      ),
      h(
        'tbody',
        {},
        backups.map((backup) => backupRow(backup, acts, app)),
      ),
    ),
  )
}

function backupRow(backup, acts, app) {
  const { words } = app
  const { verified } = backup
  const sound =
    verified === null
      ? words.t('page.backup.unverified')
      : verified.sound
        ? [words.t('page.backup.sound'), ' ', ageView(verified.at, app)]
        : h('strong', {}, words.t('page.backup.unsound'))
  const about = {
    input: { node: backup.nodeId },
    subject: `${backup.nodeId} · ${backup.id}`,
    values: { backup: backup.id },
  }
  return h(
    'tr',
    {},
    h('td', {}, backup.id),
    h('td', {}, ageView(backup.takenAt, app)),
    h('td', {}, words.bytes(backup.bytes)),
    h('td', {}, backup.openclawVersion ?? words.t('word.unknown')),
    h('td', {}, sound),
    acts.length > 0 &&
      h(
        'td',
        {},
        h(
          'details',
          { class: 'menu' },
          h('summary', {}, words.t('page.more')),
          h(
            'div',
            { class: 'menu-items' },
            acts.map((name) =>
              button(words.t(`operation.${name}`), () => openAct(app, name, about), {
                class: 'quiet',
                'data-act': name,
              }),
            ),
          ),
        ),
      ),
  )
}
