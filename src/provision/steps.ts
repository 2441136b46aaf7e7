import type { Step } from './step.ts'
import { configuration } from './steps/configuration.ts'
import { credentials } from './steps/credentials.ts'
import { nodejs } from './steps/nodejs.ts'
import { openclaw } from './steps/openclaw.ts'
import { pairing, readiness } from './steps/readiness.ts'
import { linger, service, start } from './steps/service.ts'
import { ssh, validate } from './steps/validate.ts'

/** What happens on the machine; the registry entry and the first backup follow. */
export const MACHINE_STEPS: readonly Step[] = [
  ssh,
  validate,
  nodejs,
  openclaw,
  configuration,
  credentials,
  service,
  linger,
  start,
  readiness,
  pairing,
]
