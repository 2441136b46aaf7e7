import type { Command } from './command.ts'
import { alertCommands } from './commands/alert.ts'
import { alertRule } from './commands/alert-rule.ts'
import { completion } from './commands/completion.ts'
import { doctor } from './commands/doctor.ts'
import { helpCommand } from './commands/help.ts'
import { nodeList } from './commands/node-list.ts'
import { nodeLogsCommand } from './commands/node-logs.ts'
import { nodeMaintenance } from './commands/node-maintenance.ts'
import { nodeRegister } from './commands/node-register.ts'
import { nodeRestart } from './commands/node-restart.ts'
import { nodeRetire, nodeUnretire } from './commands/node-retire.ts'
import { nodeStatusCommand } from './commands/node-status.ts'
import { nodeTrust } from './commands/node-trust.ts'
import { registryCommands } from './commands/registry.ts'
import { sessionCommands } from './commands/session.ts'

/** Every command, in the order of the help: one that is not here does not exist. */
export const commands: readonly Command[] = [
  nodeList,
  nodeStatusCommand,
  nodeRestart,
  nodeRetire,
  nodeUnretire,
  nodeMaintenance,
  nodeLogsCommand,
  nodeRegister,
  nodeTrust,
  ...sessionCommands,
  ...alertCommands,
  alertRule,
  ...registryCommands,
  doctor,
  completion,
  helpCommand(() => commands),
]
