import type { Command } from '../src/discord/command.ts'
import list from './node/list.ts'
import logs from './node/logs.ts'
import register from './node/register.ts'
import restart from './node/restart.ts'
import retire from './node/retire.ts'
import status from './node/status.ts'
import unretire from './node/unretire.ts'

/** Every slash command, by name: a command that is not here does not exist. */
export const commands: readonly Command[] = [list, status, restart, retire, unretire, logs, register]
