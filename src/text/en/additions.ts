/** What is said of additions of nodes. */
export const additions = {
  'add-step.ssh': 'SSH and the machine',
  'add-step.validate': 'Room and ports',
  'add-step.nodejs': 'Node.js',
  'add-step.openclaw': 'OpenClaw',
  'add-step.configuration': 'Configuration',
  'add-step.credentials': 'Token and key',
  'add-step.service': 'Service',
  'add-step.linger': 'Lingering',
  'add-step.start': 'Start',
  'add-step.readiness': 'Readiness',
  'add-step.pairing': 'Device pairing',
  'add-step.registry': 'Registry',
  'add-step.first-backup': 'First backup and reading',
  'add-fault.port-taken':
    'Another program listens on the gateway port. Stop it, or choose another gateway port.',
  'add-fault.no-room': 'The disk has too little room. Free some, then resume.',
  'add-fault.no-inodes': 'The file system has too few free inodes. Remove files, then resume.',
  'add-fault.no-memory': 'The machine has too little memory for a gateway.',
  'add-fault.wrong-machine': 'This is no 64-bit x86 or ARM Linux with glibc, which OpenClaw needs.',
  'add-fault.no-user-services':
    'The systemd of the login user does not answer. Install libpam-systemd and dbus-user-session, log in anew, then resume.',
  'add-fault.tools-missing': 'Programs are missing there. Install them, then resume.',
  'add-fault.node-source':
    'No archive of Node.js could be had. Set OCM_PROGRAM_SOURCE to a folder that has one, then resume.',
  'add-fault.checksum':
    'The archive does not have the checksum of its list, so nothing of it was sent. Replace it, then resume.',
  'add-fault.node-broken': 'The Node.js that was brought does not run there.',
  'add-fault.openclaw-source':
    'There is no archive of this OpenClaw, and npm on the node has it from no registry, its own or that of ocm. Put an archive into the program source, then resume.',
  'add-fault.forward-refused':
    'sshd there does not let ocm listen on the loopback of the node alone, so npm has no registry. Set AllowTcpForwarding to yes or remote and GatewayPorts to no there, or put an archive into the program source, then resume.',
  'add-fault.openclaw-other':
    'Another version of OpenClaw is installed there. Ask for that version, or leave the version out.',
  'add-fault.openclaw-broken': 'The OpenClaw that is there does not answer with its version.',
  'add-fault.config-refused':
    'OpenClaw refuses its configuration. Correct openclaw.json on the node, then resume.',
  'add-fault.secret-missing':
    'The secret is not on the machine of ocm. Put it into the folder secrets of OCM_DATA_DIR with mode 0600, then resume.',
  'add-fault.secret-open': 'Others may read the file of the secret. Set its mode to 0600, then resume.',
  'add-fault.write-failed': 'The node could not write what it was sent. Look at its disk, then resume.',
  'add-fault.service-foreign':
    'A unit with the name of the gateway is there already and starts something else. Rename or remove it, then resume.',
  'add-fault.service-refused': 'OpenClaw could not set up its systemd service.',
  'add-fault.linger-denied':
    'The login user may not enable lingering: the only step that needs root. Run sudo loginctl enable-linger for the user there, then resume.',
  'add-fault.start-refused': 'systemd did not start the gateway.',
  'add-fault.gateway-failed':
    'The gateway ended instead of serving. Its log says why; correct it, then resume.',
  'add-fault.gateway-slow': 'The gateway was not ready in time. It may still become so: resume looks again.',
  'add-fault.gateway-refuses': 'The gateway refuses the token of its own configuration.',
  'add-fault.not-registered': 'The node serves, but could not be written to the registry.',
  'add-fault.backup-failed':
    'The node serves and is watched, but its first backup did not succeed. Resume tries it again.',
  'add-fault.stopped': 'It was stopped. Resume goes on from here.',
  'add-fault.silent':
    'The connection was cut in the middle of the step, and nobody knows how far it came. Resume looks and goes on.',
  'add-fault.unreachable': 'The machine could not be reached or refused the login.',
  'add-fault.other': 'The step failed in a way that has no name.',
  'add.ask': 'Make a node of {host}?',
  'add.ask.resume': 'Go on adding {node}?',
  'add.ask.effect':
    '13 steps follow, each checked before and after. What is there already is kept and used. A step that fails stops; then it can be resumed or taken back.',
  'add.ask.done-before': '{count} {count#step|steps} of an earlier attempt {count#is|are} kept.',
  'add.ask.commands': 'Commands, where a step has to act',
  'add.ask.secret': 'Key of the provider: the secret {secret} of the machine of ocm',
  'add.ask.no-secret': 'No key of a provider: the node will not answer until it has one.',
  'add.ask.key-kept': 'The host key is the one of the earlier attempt.',
  'add.progress': 'Adding {node}…',
  'add.done': '{node} serves and is watched',
  'add.failed': '{node} is not added yet',
  'add.unknown': 'It is not known how far {node} came',
  'add.took': '{took:duration} in all',
  'add.next':
    'Resume goes on where it stopped. Undo makes the machine as it was. Left alone, it stays as it is.',
  'add.next.nothing': 'Nothing was changed on the machine.',
  'add.said': 'What was said',
  'undo-add.ask': 'Take back the addition of {node}?',
  'undo-add.ask.effect': 'The gateway is stopped there; these places are removed with all that is in them:',
  'undo-add.ask.nothing': 'Nothing was changed on the machine; only the record of the addition goes.',
  'undo-add.ask.registered': 'Its registry entry goes as well. Backups stay.',
  'undo-add.progress': 'Taking back the addition of {node}…',
  'undo-add.done': '{node} is as it was before',
  'undo-add.failed': 'Not all of {node} could be taken back',
  'undo-add.unknown': 'It is not known what is left on {node}',
  'undo-add.left': 'Still there: {path}',
  'undo-add.next': 'Run {/node add-undo} again; it takes back what is left.',
  'button.confirm-add': 'Add',
  'button.confirm-undo-add': 'Take back',
  'button.resume': 'Resume',
  'button.undo': 'Undo',
  'operation.add-node': 'add',
  'operation.undo-add-node': 'undo of an addition',
  'command.node.add': 'add',
  'command.node.add.description':
    'Turn a bare machine into a serving, watched node, or go on where that stopped',
  'command.node.add-undo': 'add-undo',
  'command.node.add-undo.description': 'Take back an addition that did not come to its end',
  'option.version': 'version',
  'option.version.description': 'Version of OpenClaw (default: what is there, else the newest archive)',
  'option.model': 'model',
  'option.model.description': 'Model of the first bot, as provider/model',
  'option.secret': 'secret',
  'option.secret.description':
    'Name of the secret with the key of the provider, for example ANTHROPIC_API_KEY',
  'add.form': 'Add {node}',
  'cli.option.dry-run': 'Show the plan with its commands and do nothing',
} as const
