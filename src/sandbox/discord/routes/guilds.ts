import { missingAccess, unknownGuild, unknownMember, unknownUser } from '../api-error.ts'
import {
  applicationPayload,
  channelPayload,
  guildPayload,
  memberPayload,
  rolePayload,
  userPayload,
} from '../payloads.ts'
import type { World } from '../world.ts'
import { ok, type Reply, type RestRequest, type Route } from './route.ts'

export const guildRoutes: Route[] = [
  { method: 'GET', path: '/users/@me', handle: (world) => ok(userPayload(world.bot)) },
  { method: 'GET', path: '/users/@me/guilds', handle: (world) => ok([guildPayload(world)]) },
  { method: 'GET', path: '/users/:user', handle: readUser },
  { method: 'GET', path: '/applications/@me', handle: (world) => ok(applicationPayload(world)) },
  { method: 'GET', path: '/oauth2/applications/@me', handle: (world) => ok(applicationPayload(world)) },
  { method: 'GET', path: '/guilds/:guild', handle: inGuild(guildPayload) },
  {
    method: 'GET',
    path: '/guilds/:guild/roles',
    handle: inGuild((world) => [...world.roles.values()].map(rolePayload)),
  },
  { method: 'GET', path: '/guilds/:guild/channels', handle: inGuild(guildChannels) },
  { method: 'GET', path: '/guilds/:guild/members', handle: inGuild(refuseMemberList) },
  { method: 'GET', path: '/guilds/:guild/members/:user', handle: inGuild(readMember) },
]

function inGuild(read: (world: World, request: RestRequest) => unknown): Route['handle'] {
  return (world, request) => {
    if (request.params.guild !== world.guild.id) throw unknownGuild()
    return ok(read(world, request))
  }
}

function readUser(world: World, request: RestRequest): Reply {
  const user = world.users.get(request.params.user ?? '')
  if (user === undefined) throw unknownUser()
  return ok(userPayload(user))
}

function readMember(world: World, request: RestRequest): unknown {
  const user = world.users.get(request.params.user ?? '')
  if (user === undefined) throw unknownMember()
  return { user: userPayload(user), ...memberPayload(user) }
}

function guildChannels(world: World): unknown {
  return [...world.channels.values()]
    .filter((one) => one.type === 0 || one.type === 5)
    .map((one) => channelPayload(world, one))
}

/** Listing members needs a privileged intent, which no emulated bot has. */
function refuseMemberList(): never {
  throw missingAccess()
}
