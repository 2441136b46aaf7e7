/** Host keys that stand against what was asked. */
export const hostKeyErrors = {
  'error.host-key-unknown': 'The host key of the node[ “{node}”] has not been approved[: {fingerprint}].',
  'error.host-key-unknown.next': 'Have an admin compare the fingerprint and approve it with {/node trust}.',
  'error.host-key-changed':
    'The host key of the node[ “{node}”] has changed[: {expected} → {offered}]. No connection was made.',
  'error.host-key-changed.next':
    'If the machine was reinstalled, have an admin approve the new key with {/node trust}; if not, treat it as an attack.',
  'error.host-key-differs':
    'The machine[ of “{node}”] offers another host key than the one that was vouched for[: {expected} → {offered}]. Nothing was done.',
  'error.host-key-differs.next':
    'Compare the fingerprint with the machine itself. If it is right, correct what you typed, or what OCM_KNOWN_HOSTS has of that address; if not, treat it as an attack.',
  'error.host-key-taken':
    'The machine at this address offers a host key that is approved for another node[: {fingerprint}].',
  'error.host-key-taken.next':
    'If it is the same machine, ask an admin of that node or of the whole fleet; if not, the two need host keys of their own.',
} as const satisfies Record<string, string>
