import type { Command } from './command.ts'
import { alertCommands } from './syntax/alert.ts'
import { approvalCommands } from './syntax/approval.ts'
import { auditCommands } from './syntax/audit.ts'
import { backupCommands } from './syntax/backup.ts'
import { boardCommands } from './syntax/board.ts'
import { botCommands } from './syntax/bot.ts'
import { fleetCommands } from './syntax/fleet.ts'
import { keyCommands } from './syntax/key.ts'
import { nodeCommands } from './syntax/node.ts'
import { programCommands } from './syntax/program.ts'
import { registryCommands } from './syntax/registry.ts'
import { serviceCommands } from './syntax/service.ts'
import { sessionCommands } from './syntax/session.ts'
import { tokenCommands } from './syntax/token.ts'
import { updateCommands } from './syntax/update.ts'
import { webCommands } from './syntax/web.ts'

/**
 * Every command, in the order of the help: one that is not here does not exist. The table says how a command is typed;
 * what it does is loaded when it runs.
 */
export const commands: readonly Command[] = [
  ...nodeCommands,
  ...backupCommands,
  ...updateCommands,
  ...botCommands,
  ...fleetCommands,
  ...boardCommands,
  ...auditCommands,
  ...sessionCommands,
  ...alertCommands,
  ...approvalCommands,
  ...registryCommands,
  ...keyCommands,
  ...tokenCommands,
  ...serviceCommands,
  ...webCommands,
  ...programCommands,
]
