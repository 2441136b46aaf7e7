import { type Config, type DiscordNeed, parseSettings } from './config.ts'
import { ConfigError } from './config-error.ts'
import { localeSetting, processEnvironment, readEnvironment } from './environment.ts'
import { checkPlaces } from './places.ts'

/**
 * The settings of this process, from its environment and from a file under it.
 * @param options.envFile the file that was named; null is `.env` in the working folder
 * @throws ConfigError with every problem at once
 */
export function readSettings(options: { envFile: string | null; discord: DiscordNeed }): Config {
  const env = readEnvironment(options.envFile, processEnvironment())
  const { config, problems } = parseSettings(env.values, options.discord)
  if (config === null || env.problems.length > 0)
    throw new ConfigError([...env.problems, ...problems], localeSetting(env.values), env.warnings)
  return { ...config, warnings: [...env.warnings, ...config.warnings] }
}

/**
 * The settings of the bot. Before anything is opened it is looked whether what they name can be used, so that a person
 * who sets ocm up hears everything at once.
 * @throws ConfigError with every problem
 */
export async function readBotSettings(): Promise<Config> {
  // The bot runs in its own folder: a file there that somebody else owns, as in containers, is meant.
  const env = readEnvironment(null, processEnvironment(), { own: false })
  const { config, problems, places } = parseSettings(env.values, 'required')
  const found = [...env.problems, ...problems, ...(await checkPlaces(places))]
  const doubts = [...env.warnings, ...(config?.warnings ?? [])]
  const warnings = doubts.filter(({ name }) => !found.some((problem) => problem.name === name))
  if (config === null || found.length > 0) {
    const missing = env.fileMissing && problems.length > 0
    const first = missing ? [{ name: '.env', code: 'env-file-missing' as const, params: {} }] : []
    throw new ConfigError([...first, ...found], localeSetting(env.values), warnings)
  }
  return { ...config, warnings }
}
