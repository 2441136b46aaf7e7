import type { hostKeyErrors as source } from '../en/host-key-errors.ts'

/** Host keys that stand against what was asked, in Japanese. */
export const hostKeyErrors = {
  'error.host-key-unknown': 'ノード[「{node}」]のホスト鍵[（{fingerprint}）]は未承認です。',
  'error.host-key-unknown.next': '管理者がフィンガープリントを照合し、{/node trust} で承認してください。',
  'error.host-key-changed':
    'ノード[「{node}」]のホスト鍵が変わりました[（{expected} → {offered}）]。接続は行っていません。',
  'error.host-key-changed.next':
    '再インストールした場合は管理者が {/node trust} で新しい鍵を承認してください。心当たりがなければ攻撃を疑ってください。',
  'error.host-key-differs':
    '[「{node}」の]マシンが提示したホスト鍵は、保証されたものと違います[（{expected} → {offered}）]。何もしていません。',
  'error.host-key-differs.next':
    'マシン本体のフィンガープリントと照合してください。正しければ、入力した値か、OCM_KNOWN_HOSTS にあるそのアドレスの鍵を直してください。違えば攻撃を疑ってください。',
  'error.host-key-taken':
    'このアドレスのマシンが提示したホスト鍵は、別のノード用に承認済みです[（{fingerprint}）]。',
  'error.host-key-taken.next':
    '同じマシンなら、そのノードまたは全ノードの管理者に依頼してください。別のマシンなら、ホスト鍵を作り直してください。',
} as const satisfies Record<keyof typeof source, string>
