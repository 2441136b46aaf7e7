import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Named, Surroundings } from '../../discord/surroundings.ts'
import { settingLine } from '../../presenters/setting-line.ts'
import { type SettingName, settingProblem } from '../../settings/config.ts'
import { ConfigError, type ConfigProblem, type ConfigProblemCode } from '../../settings/config-error.ts'
import type { Environment } from '../../settings/environment.ts'
import type { PlainKey } from '../../text/params.ts'
import type { Call } from '../command.ts'
import { fileOrInput } from '../file-or-input.ts'
import { grantsOf, idOf } from './choose.ts'

/** After so many answers that cannot be used, whoever types them needs something else than the same question. */
const ATTEMPTS = 3
const SHOWN = 25
/** The one that docs/setup.md makes, then in the order in which ssh itself tries them. */
const USUAL_KEYS = ['ocm', 'id_ed25519', 'id_ecdsa', 'id_rsa']

/** One question: the setting, what is asked, and what stands when nothing is answered. */
interface Question {
  name: SettingName
  ask: PlainKey
  given: string | undefined
  fallback: string | undefined
  /** What is wrong when there is no answer; null where none is needed. */
  unset: ConfigProblemCode | null
  shown?: readonly Named[]
  hidden?: boolean
  read?: (typed: string) => string
}

/** Everything that a set-up needs to know, from options, from a person, and from what is set already. */
export interface Interview {
  answers: Partial<Record<SettingName, string>>
  surroundings: Surroundings | null
}

/**
 * Asks for what ocm needs to start. An option counts before a person, who is only asked at a terminal; Enter keeps what
 * is set. The token comes from a file, from standard input or from a hidden line, never from the command line.
 * @param known the settings as they are
 * @throws ConfigError with everything that is missing or wrong
 */
export async function interview(call: Call, known: Environment): Promise<Interview> {
  const { args, err, terminal } = call
  const answers: Interview['answers'] = {}
  const problems: ConfigProblem[] = []
  const put = async (question: Question) => {
    const answer = await settle(call, question)
    if (typeof answer === 'object') problems.push(answer)
    else if (answer !== '') answers[question.name] = answer
  }
  const about = (name: SettingName, option: string) => ({
    name,
    given: args.text(option),
    fallback: known[name]?.trim() || undefined,
    unset: null,
  })
  const token = await tokenGiven(call)
  await put({
    ...about('DISCORD_TOKEN', ''),
    given: token,
    ask: 'init.ask.token',
    unset: 'token-unset',
    hidden: true,
  })
  const surroundings = await meetDiscord(call, answers.DISCORD_TOKEN, known.DISCORD_API_URL?.trim() || null)
  const guilds = (await surroundings?.guilds().catch(() => [])) ?? []
  await put({
    ...about('DISCORD_GUILD_ID', 'guild'),
    fallback: known.DISCORD_GUILD_ID?.trim() || (guilds.length === 1 ? guilds[0]?.id : undefined),
    ask: 'init.ask.guild',
    unset: 'guild-unset',
    shown: guilds,
  })
  const guild = answers.DISCORD_GUILD_ID
  const channels = guild ? await surroundings?.channels(guild).catch(() => []) : []
  await put({
    ...about('DISCORD_CHANNEL_ID', 'channel'),
    ask: 'init.ask.channel',
    unset: 'channel-unset',
    shown: channels ?? [],
  })
  const roles = (guild ? await surroundings?.roles(guild).catch(() => []) : []) ?? []
  await put({
    ...about('OCM_ADMINS', 'admins'),
    ask: 'init.ask.admins',
    shown: roles,
    read: (typed) => grantsOf(typed, roles),
  })
  await put({
    ...about('OCM_SSH_KEY', 'ssh-key'),
    fallback: known.OCM_SSH_KEY?.trim() || (known.OCM_SSH_AGENT ? undefined : await usualKey()),
    ask: 'init.ask.ssh-key',
  })
  await put({
    ...about('OCM_KNOWN_HOSTS', 'known-hosts'),
    fallback: known.OCM_KNOWN_HOSTS?.trim() || (await ifThere('known_hosts')),
    ask: 'init.ask.known-hosts',
  })
  await put({ ...about('OCM_DATA_DIR', 'data-dir'), ask: 'init.ask.data-dir' })
  if (problems.length > 0) throw new ConfigError(problems, err.locale)
  if (terminal.canAsk && err.locale !== 'en' && !known.OCM_DEFAULT_LOCALE)
    answers.OCM_DEFAULT_LOCALE = err.locale
  return { answers, surroundings }
}

/** Asks until there is an answer that the setting takes. Returns what is wrong when there is none. */
async function settle(call: Call, question: Question): Promise<string | ConfigProblem> {
  const { name, given, fallback, unset, shown = [] } = question
  const read = question.read ?? ((typed: string) => idOf(typed, shown))
  const check = (typed: string): string | ConfigProblem => {
    const value = read(typed.trim())
    if (value === '') return unset === null ? '' : { name, code: unset, params: {} }
    return settingProblem(name, value) ?? value
  }
  if (given !== undefined) return check(given)
  if (!asks(call)) return check(fallback ?? '')
  const { terminal, err } = call
  for (const [index, one] of shown.slice(0, SHOWN).entries())
    terminal.err(
      `  ${String(index + 1).padStart(2)}  ${err.remote(one.name, 80)}  ${err.paint('dim', one.id)}\n`,
    )
  const current = shown.find(({ id }) => id === fallback)?.name ?? fallback
  const offer =
    current === undefined ? '' : ` [${question.hidden ? err.t('init.kept') : err.remote(current, 120)}]`
  for (let attempt = 1; ; attempt++) {
    const ask = question.hidden ? terminal.askHidden : terminal.ask
    const typed = await ask(`${err.t(question.ask)}${offer}: `, call.signal)
    const answer = check(typed.trim() === '' ? (fallback ?? '') : typed)
    if (typeof answer === 'string' || attempt === ATTEMPTS) return answer
    terminal.err(`${err.paint('bad', settingLine(answer, err))}\n`)
  }
}

/** Whether somebody is there who wants to be asked. */
function asks({ terminal, json, args }: Call): boolean {
  return terminal.canAsk && !json && !args.flag('yes')
}

/** The token that was handed over, without the line end that files have. @throws ConfigError file-unreadable */
async function tokenGiven({ args, terminal, err }: Call): Promise<string | undefined> {
  const file = args.text('token-file')
  if (file === undefined) return undefined
  const problem: ConfigProblem = { name: '--token-file', code: 'file-unreadable', params: {} }
  return (await fileOrInput(file, terminal, () => new ConfigError([problem], err.locale))).trim()
}

/** Who the token is of, and where the bot is; says what it finds. null without a token, or when Discord does not answer. */
async function meetDiscord(
  call: Call,
  token: string | undefined,
  apiUrl: string | null,
): Promise<Surroundings | null> {
  const { args, terminal, err, signal, json } = call
  if (token === undefined || args.flag('no-check')) return null
  const { lookAround } = await import('../../discord/surroundings.ts')
  const found = await lookAround(token, apiUrl, signal)
  const say = (text: string) => json || terminal.err(`${text}\n`)
  if ('code' in found) {
    say(err.paint('warning', err.coded(`doctor.discord.${found.code}`, found.params)))
    return null
  }
  say(err.t('init.bot', { bot: found.bot }))
  const guilds = await found.guilds().catch(() => null)
  if (guilds?.length === 0) {
    say(err.t('init.invite', { invite: found.invite }))
    if (asks(call)) await terminal.ask(`${err.t('init.ask.invited')} `, signal)
  }
  return found
}

async function usualKey(): Promise<string | undefined> {
  const found = await Promise.all(USUAL_KEYS.map(ifThere))
  return found.find((path) => path !== undefined)
}

/** A file of `~/.ssh`, as it is written in settings. */
async function ifThere(name: string): Promise<string | undefined> {
  return access(join(homedir(), '.ssh', name)).then(
    () => `~/.ssh/${name}`,
    () => undefined,
  )
}
