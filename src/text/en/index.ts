import { additions } from './additions.ts'
import { alerts } from './alerts.ts'
import { approvals } from './approvals.ts'
import { asked } from './asked.ts'
import { audit } from './audit.ts'
import { backups } from './backups.ts'
import { board } from './board.ts'
import { botBackups } from './bot-backups.ts'
import { bots } from './bots.ts'
import { cards } from './cards.ts'
import { checks } from './checks.ts'
import { cli } from './cli.ts'
import { commands } from './commands.ts'
import { conditions } from './conditions.ts'
import { decommissions } from './decommissions.ts'
import { doctor } from './doctor.ts'
import { errors } from './errors.ts'
import { fleet } from './fleet.ts'
import { keys } from './keys.ts'
import { offsite } from './offsite.ts'
import { page } from './page.ts'
import { pastConditions } from './past-conditions.ts'
import { places } from './places.ts'
import { problems } from './problems.ts'
import { reasons } from './reasons.ts'
import { restores } from './restores.ts'
import { sessions } from './sessions.ts'
import { settings } from './settings.ts'
import { setup } from './setup.ts'
import { updates } from './updates.ts'
import { web } from './web.ts'
import { words } from './words.ts'

/** English, the source: its keys are the keys of every language. */
export const en = {
  ...errors,
  ...reasons,
  ...problems,
  ...conditions,
  ...pastConditions,
  ...words,
  ...offsite,
  ...web,
  ...audit,
  ...board,
  ...botBackups,
  ...bots,
  ...cards,
  ...commands,
  ...alerts,
  ...approvals,
  ...asked,
  ...backups,
  ...additions,
  ...restores,
  ...updates,
  ...decommissions,
  ...checks,
  ...fleet,
  ...sessions,
  ...keys,
  ...page,
  ...places,
  ...cli,
  ...doctor,
  ...settings,
  ...setup,
} as const
