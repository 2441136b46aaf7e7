import { ApiError, unknownCommand, unknownGuild } from '../api-error.ts'
import { asRecord, asRecords, type Json } from '../json.ts'
import { checkCommand, checkCommandList } from '../validate.ts'
import type { StoredCommand, World } from '../world.ts'
import { bodyOf, noContent, ok, type Reply, type RestRequest, type Route } from './route.ts'

const BASES = ['/applications/:app/commands', '/applications/:app/guilds/:guild/commands']

const CREATES_A_DAY = 200
const DAY_MS = 24 * 60 * 60 * 1000

/** Global commands and those of the guild: the same routes in two places. */
export const commandRoutes: Route[] = BASES.flatMap((base): Route[] => [
  { method: 'GET', path: base, handle: list },
  { method: 'PUT', path: base, handle: overwrite },
  { method: 'POST', path: base, handle: create },
  { method: 'GET', path: `${base}/:command`, handle: read },
  { method: 'PATCH', path: `${base}/:command`, handle: update },
  { method: 'DELETE', path: `${base}/:command`, handle: remove },
])

function list(world: World, request: RestRequest): Reply {
  const withAll = request.query.get('with_localizations') === 'true'
  return ok(inScope(world, scopeOf(world, request)).map((one) => commandPayload(world, one, withAll)))
}

/** A command keeps its id as long as its name and type stay. */
function overwrite(world: World, request: RestRequest): Reply {
  const scope = scopeOf(world, request)
  const wanted = checkCommandList(request.body)
  const old = inScope(world, scope)
  spendCreates(world, wanted.filter((body) => !old.some((one) => isSame(one, body))).length)
  for (const command of old) world.commands.delete(command.id)
  const stored = wanted.map((body) => store(world, scope, body, old.find((one) => isSame(one, body))?.id))
  world.changed()
  return ok(stored.map((one) => commandPayload(world, one, true)))
}

function create(world: World, request: RestRequest): Reply {
  const scope = scopeOf(world, request)
  const body = bodyOf(request)
  checkCommand(body)
  const known = inScope(world, scope).find((one) => isSame(one, body))
  if (known === undefined) spendCreates(world, 1)
  const stored = store(world, scope, body, known?.id)
  world.changed()
  return { status: known ? 200 : 201, body: commandPayload(world, stored, true) }
}

function read(world: World, request: RestRequest): Reply {
  return ok(commandPayload(world, find(world, request), true))
}

function update(world: World, request: RestRequest): Reply {
  const command = find(world, request)
  const merged = { ...command.body, ...bodyOf(request) }
  checkCommand(merged)
  const stored = store(world, command.guildId, merged, command.id)
  world.changed()
  return ok(commandPayload(world, stored, true))
}

function remove(world: World, request: RestRequest): Reply {
  world.commands.delete(find(world, request).id)
  world.changed()
  return noContent
}

/** New names cost; changing a command that is there does not. */
function spendCreates(world: World, count: number): void {
  const now = world.clock.now()
  const recent = world.commandCreates.filter((at) => now - at < DAY_MS)
  if (recent.length + count > CREATES_A_DAY) {
    const message = `Max number of daily application command creates has been reached (${CREATES_A_DAY})`
    throw new ApiError(400, 30034, message)
  }
  world.commandCreates = [...recent, ...Array.from({ length: count }, () => now)]
}

function find(world: World, request: RestRequest): StoredCommand {
  const scope = scopeOf(world, request)
  const command = world.commands.get(request.params.command ?? '')
  if (command === undefined || command.guildId !== scope) throw unknownCommand()
  return command
}

function scopeOf(world: World, request: RestRequest): string | null {
  const { app, guild } = request.params
  if (app !== world.bot.id) throw unknownCommand()
  if (guild === undefined) return null
  if (guild !== world.guild.id) throw unknownGuild()
  return guild
}

function inScope(world: World, scope: string | null): StoredCommand[] {
  return [...world.commands.values()].filter((one) => one.guildId === scope)
}

function isSame(command: StoredCommand, body: Json): boolean {
  return command.body.name === body.name && command.body.type === (body.type ?? 1)
}

function store(world: World, guildId: string | null, body: Json, id: string | undefined): StoredCommand {
  const command: StoredCommand = {
    id: id ?? world.nextId(),
    guildId,
    version: world.nextId(),
    body: {
      ...withoutRepeats(body),
      type: body.type ?? 1,
      description: body.description ?? '',
      default_member_permissions:
        body.default_member_permissions == null ? null : String(body.default_member_permissions),
      options: cleanOptions(body.options),
    },
  }
  world.commands.set(command.id, command)
  return command
}

/** Discord does not keep a localised name or description that equals the default one. */
function withoutRepeats(body: Json): Json {
  const kept = { ...body }
  for (const name of ['name', 'description']) {
    const texts = asRecord(body[`${name}_localizations`])
    if (texts === undefined) continue
    const own = Object.entries(texts).filter(([, text]) => text !== body[name])
    kept[`${name}_localizations`] = own.length === 0 ? null : Object.fromEntries(own)
  }
  return kept
}

/** Discord leaves out what is false or empty in an option. */
function cleanOptions(options: unknown): Json[] {
  return asRecords(options).map((option) => {
    const { required, autocomplete, choices, options: inner, ...rest } = option
    return {
      ...withoutRepeats(rest),
      ...(required === true ? { required } : {}),
      ...(autocomplete === true ? { autocomplete } : {}),
      ...(asRecords(choices).length > 0 ? { choices: asRecords(choices).map(withoutRepeats) } : {}),
      ...(inner === undefined ? {} : { options: cleanOptions(inner) }),
    }
  })
}

function commandPayload(world: World, command: StoredCommand, withLocalizations: boolean): Json {
  const { body } = command
  const full: Json = {
    id: command.id,
    application_id: world.bot.id,
    version: command.version,
    default_member_permissions: body.default_member_permissions,
    type: body.type,
    name: body.name,
    name_localizations: body.name_localizations ?? null,
    description: body.description,
    description_localizations: body.description_localizations ?? null,
    nsfw: body.nsfw === true,
    integration_types: body.integration_types ?? [0],
    contexts: command.guildId === null ? (body.contexts ?? null) : null,
    ...(command.guildId === null ? { dm_permission: true } : { guild_id: command.guildId }),
    ...(asRecords(body.options).length > 0 ? { options: body.options } : {}),
  }
  return withLocalizations ? full : withoutLocalizations(full)
}

function withoutLocalizations(value: Json): Json {
  const copy: Json = {}
  for (const [key, item] of Object.entries(value)) {
    if (key === 'name_localizations' || key === 'description_localizations') continue
    copy[key] = Array.isArray(item)
      ? item.map((one) => (asRecord(one) ? withoutLocalizations(one as Json) : one))
      : item
  }
  return copy
}
