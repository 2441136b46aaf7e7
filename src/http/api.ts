import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { OperatorError } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'
import { envelopeOf, SCHEMA } from '../cli/envelope.ts'
import type { Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import type { Report } from '../operations/operation.ts'
import { runConfirmed } from '../operations/run-confirmed.ts'
import { planOperation, type RunOptions, runOperation } from '../operations/run-operation.ts'
import {
  type Api,
  type Asked,
  askedOf,
  BASE,
  type Exchange,
  problemAnswer,
  readerLocale,
  remoteAddress,
} from './exchange.ts'
