import { userInfo } from 'node:os'
import { systemClock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { localeOf } from '../base/locale.ts'
import type { OwnedContext } from '../create-context.ts'
import type { Context } from '../operations/context.ts'
import { EXIT_CODES } from '../presenters/ending.ts'
import {
  type Envelope,
  envelopeOf,
  jsonLine,
  jsonText,
  SCHEMA,
  type StepEvent,
} from '../presenters/envelope.ts'
import type { Config, DiscordNeed } from '../settings/config.ts'
import { ConfigError } from '../settings/config-error.ts'
import {
  localeSetting,
  processEnvironment,
  readEnvironment,
  terminalSettings,
} from '../settings/environment.ts'
import { parseLine } from './arguments.ts'
import type { Answer, Call, Command } from './command.ts'
import { endingOf } from './exit-code.ts'
import { helpAnswer } from './help.ts'
import { createInk } from './ink.ts'
import { NotConfirmed } from './not-confirmed.ts'
import { COMPLETE_COMMAND } from './shells.ts'
import type { Terminal } from './terminal.ts'

/** What a run of the command line needs from its process. */
export interface Surroundings {
  argv: readonly string[]
  terminal: Terminal
  /** Ends when the person gives up. */
  signal: AbortSignal
  version: string
  commands: readonly Command[]
}

/** Runs one command line and prints what it has to say. Never throws. Returns the exit code. */
export async function runCli(surroundings: Surroundings): Promise<number> {
  const { argv, terminal, commands, version } = surroundings
  // Looked for before the line is understood: errors about it must come in the right shape and language too.
  const events = hasFlag(argv, '--events')
  const json = events || hasFlag(argv, '--json')
  const { colours, language } = terminalSettings(processEnvironment())
  const named = optionValue(argv, '--settings') ?? null
  const fallback = localeSetting(readEnvironment(named, processEnvironment()).values)
  const locale = localeOf(optionValue(argv, '--lang') ?? language, fallback)
  const out = createInk(locale, colours ?? terminal.screen() !== null, systemClock.now)
  const err = createInk(locale, colours ?? terminal.watched, systemClock.now)
  if (argv[0] === COMPLETE_COMMAND) {
    const { completionLines } = await import('./complete.ts')
    const places = async () => {
      const { readSettings } = await import('../settings/read-settings.ts')
      return readSettings({ envFile: null, discord: 'none' })
    }
    const plain = createInk(locale, false, systemClock.now)
    terminal.out(await completionLines(argv.slice(2), commands, plain, places))
    return EXIT_CODES.done
  }
  const told = (envelope: Envelope) =>
    events ? jsonLine({ ...envelope, event: 'result' }) : jsonText(envelope)
  const follow = (step: Pick<StepEvent, 'operation' | 'operationId' | 'step'>) =>
    terminal.out(
      jsonLine({ schema: SCHEMA, event: 'step', at: new Date(systemClock.now()).toISOString(), ...step }),
    )
  const opened: OwnedContext[] = []
  let operation: string | null = null
  let typed: Command | null = null
  try {
    const { command, path, args } = parseLine(argv, commands)
    operation = command?.operation ?? 'help'
    typed = command
    const base = {
      args,
      version,
      commands,
      json,
      terminal,
      out,
      err,
      signal: surroundings.signal,
      actor: whoRuns(),
    }
    const call: Call = { ...base, now: systemClock.now, ...opener(base, opened, events ? follow : undefined) }
    const answer = await answerFor(call, command, path)
    terminal.out(json ? told(envelopeOf(answered(args, operation), answer)) : (answer.text ?? ''))
    return EXIT_CODES[answer.ending]
  } catch (thrown) {
    const { errorEnvelope, errorText, inWordsOf } = await import('./explain.ts')
    const error = inWordsOf(typed, thrown)
    const data = error instanceof NotConfirmed ? { plan: error.plan } : null
    const { meantBy } = await import('./meant.ts')
    const meant = meantBy(error, opened.at(-1)?.context ?? null)
    if (json) terminal.out(told(errorEnvelope(error, err, { operation, data, meant })))
    else terminal.err(errorText(error, err, meant))
    const ending = endingOf(error)
    if (ending === 'internal' && hasFlag(argv, '--verbose') && error instanceof Error)
      terminal.err(`${error.stack ?? error.message}\n`)
    return EXIT_CODES[ending]
  } finally {
    for (const { close } of opened.splice(0)) await close().catch(() => undefined)
  }
}

async function answerFor(call: Call, command: Command | null, path: string): Promise<Answer> {
  if (call.args.flag('version')) return (await import('./commands/version.ts')).version(call)
  if (command === null || call.args.flag('help')) return helpAnswer(path, call)
  const run = await command.load()
  return run(call)
}

/** The settings and the context, made when a command asks for them. */
function opener(
  { args }: Pick<Call, 'args'>,
  opened: OwnedContext[],
  follow: Context['follow'],
): Pick<Call, 'settings' | 'open'> {
  const settings = async (discord: DiscordNeed): Promise<Config> => {
    await checkWithoutCompiling()
    const { readSettings } = await import('../settings/read-settings.ts')
    const config = readSettings({ envFile: args.text('settings') ?? null, discord })
    // A person at a terminal is told by the answer; the log speaks only of what broke.
    const logLevel = args.flag('verbose') ? 'debug' : config.logLevel === 'silent' ? 'silent' : 'error'
    return { ...config, logLevel }
  }
  return {
    settings,
    async open(ssh) {
      const config = await settings('none')
      const { createContext } = await import('../create-context.ts')
      const withDiscord = () => settings('optional')
      const owned = await createContext(config, { ssh, withDiscord }).catch((error) => causeOf(error, config))
      opened.push(owned)
      return follow ? { ...owned.context, follow } : owned.context
    },
  }
}

/**
 * Has schemas check values as they are made, before the first one is: a program is compiled of each otherwise, which pays
 * only where a schema is used a thousand times.
 */
async function checkWithoutCompiling(): Promise<void> {
  const { z } = await import('zod')
  z.config({ jitless: true })
}

/** Names the folder that cannot be used when that is why nothing opens. @throws ConfigError, or the error itself */
async function causeOf(error: unknown, config: Config): Promise<never> {
  if (error instanceof OperatorError && error.code === 'key-unusable') throw error
  const { checkFolders } = await import('../settings/places.ts')
  const problems = await checkFolders(config)
  if (problems.length === 0) throw error
  throw new ConfigError(problems, config.defaultLocale)
}

/** Whoever can read the data folder and use the SSH key has every permission already. */
function whoRuns(): Call['actor'] {
  const name = loginName()
  return { face: 'cli', id: name, name, grants: [{ level: 'admin', tags: null }] }
}

function loginName(): string {
  try {
    return userInfo().username
  } catch {
    // A uid without an account, as containers have it.
    return `uid-${process.getuid?.() ?? '?'}`
  }
}

function hasFlag(argv: readonly string[], flag: string): boolean {
  return optionsOf(argv).includes(flag)
}

function optionValue(argv: readonly string[], name: string): string | undefined {
  const options = optionsOf(argv)
  const inline = options.find((word) => word.startsWith(`${name}=`))
  if (inline !== undefined) return inline.slice(name.length + 1)
  const at = options.indexOf(name)
  return at === -1 ? undefined : options[at + 1]
}

/** The words before `--`. */
function optionsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

function answered(args: Call['args'], operation: string): string {
  if (args.flag('version')) return 'version'
  return args.flag('help') ? 'help' : operation
}
