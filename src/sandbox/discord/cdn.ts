import type { ServerResponse } from 'node:http'
import type { World } from './world.ts'

const PATH = /^\/cdn\/attachments\/(\d+)\/(\d+)\/([\w.-]+)$/
/** Shown in place; everything else is offered as a download, because a page must not run what a bot uploads. */
const INLINE = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'text/plain']

/** Returns false when the path is no attachment's. */
export function sendCdnFile(world: World, response: ServerResponse, path: string): boolean {
  const [, channelId, fileId, name] = PATH.exec(path) ?? []
  const file = world.files.get(fileId ?? '')
  if (file === undefined || file.channelId !== channelId || file.name !== name) return false
  const isInline = INLINE.includes(file.contentType.split(';')[0] ?? '')
  response.writeHead(200, {
    'content-type': file.contentType,
    'content-length': file.data.length,
    'content-disposition': `${isInline ? 'inline' : 'attachment'}; filename="${file.name}"`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, max-age=3600',
  })
  response.end(file.data)
  return true
}
