/** The key by which ocm logs in. */
export const keys = {
  'operation.restrict-key': 'restricted key',
  'cli.group.key': 'The key by which ocm logs in',
  'cli.command.key.restrict': 'Print what restricts a key on a node to what ocm does every day',
  'cli.option.public-key': 'Read the public key from this file, or from standard input with -',
  'cli.key.restrict':
    'Puts a key on the node {node} that may look, read logs and restart, and nothing else. Run it there, as the login of ocm.',
  'cli.key.without-program':
    'Where OpenClaw lies on {node} is not known: of a gateway that is down, sessions in a database are then not read.',
  'cli.key.sshd':
    'Root has to put this into /etc/ssh/sshd_config.d/ocm.conf and reload sshd: a key alone cannot forbid its holder the sockets of the machine.',
} as const satisfies Record<string, string>
