import type { hostKeyErrors as source } from '../en/host-key-errors.ts'

/** Host keys that stand against what was asked, in Simplified Chinese. */
export const hostKeyErrors = {
  'error.host-key-unknown': '节点[“{node}”]的主机密钥[（{fingerprint}）]尚未批准。',
  'error.host-key-unknown.next': '请管理员核对指纹，然后用 {/node trust} 批准。',
  'error.host-key-changed': '节点[“{node}”]的主机密钥已变更[（{expected} → {offered}）]，未建立连接。',
  'error.host-key-changed.next':
    '如果机器重装过，请管理员用 {/node trust} 批准新密钥；否则请按遭受攻击处理。',
  'error.host-key-differs':
    '[“{node}”的]机器出示的主机密钥与已担保的不同[（{expected} → {offered}）]，未做任何操作。',
  'error.host-key-differs.next':
    '请与机器本身的指纹核对。如果正确，请改正输入的内容，或 OCM_KNOWN_HOSTS 中该地址的密钥；否则请按遭受攻击处理。',
  'error.host-key-taken': '该地址的机器出示的主机密钥已批准给另一个节点[（{fingerprint}）]。',
  'error.host-key-taken.next':
    '如果是同一台机器，请联系该节点的管理员或全部节点的管理员；如果不是，请为其中一台重新生成主机密钥。',
} as const satisfies Record<keyof typeof source, string>
