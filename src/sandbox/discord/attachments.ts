import { ApiError, invalidForm } from './api-error.ts'
import { asRecords, asText, type Json } from './json.ts'
import { mediaPlaces, referencedName } from './rules/references.ts'
import type { World } from './world.ts'

export const ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024
const MAX_FILES = 10

/** One uploaded file of a multipart body. */
export interface Upload {
  /** The n of `files[n]`. */
  key: string
  name: string
  contentType: string
  data: Buffer
}

/** A file that a message will have: an upload with its stub, or one kept from before the edit. */
export interface PlannedFile {
  name: string
  stub: Json
  source: { upload: Upload } | { kept: Json }
}

/**
 * Which files a message will have. On an edit the list `attachments` is complete: a file of the message that it does not
 * name is removed; without the list all stay and uploads are added.
 * @throws ApiError 40005 for a file over 10 MiB, 30015 over 10 files, 50035 for a stub that names nothing.
 */
export function planFiles(body: Json, uploads: Upload[], before: Json | null): PlannedFile[] {
  if (uploads.some((one) => one.data.length > ATTACHMENT_LIMIT_BYTES))
    throw new ApiError(413, 40005, 'Request entity too large')
  const existing = asRecords(before?.attachments)
  const listed = Array.isArray(body.attachments) ? asRecords(body.attachments) : null
  const files = (listed ?? existing).map((stub, index) => fromStub(stub, index, uploads, existing))
  const named = new Set((listed ?? []).map((stub) => String(stub.id)))
  for (const upload of uploads) {
    if (!named.has(upload.key)) files.push({ name: safeName(upload.name), stub: {}, source: { upload } })
  }
  if (files.length > MAX_FILES)
    throw new ApiError(400, 30015, `Maximum number of attachments in a message reached (${MAX_FILES})`)
  return files
}

function fromStub(stub: Json, index: number, uploads: Upload[], existing: Json[]): PlannedFile {
  const id = String(stub.id)
  const kept = existing.find((one) => one.id === id)
  if (kept) return { name: String(kept.filename), stub, source: { kept } }
  const upload = uploads.find((one) => one.key === id)
  if (upload) return { name: safeName(asText(stub.filename) ?? upload.name), stub, source: { upload } }
  const message = 'Attachment data not found.'
  throw invalidForm([{ path: ['attachments', index], code: 'ATTACHMENT_NOT_FOUND', message }])
}

/** Discord keeps ASCII letters, digits, dot, dash and underscore of a file name. */
function safeName(name: string): string {
  return name.replace(/\s/g, '_').replace(/[^\w.-]/g, '') || 'unknown'
}

/** Stores the uploads and returns the attachment objects of the message. */
export function storeFiles(world: World, channelId: string, files: PlannedFile[]): Json[] {
  return files.map(({ name, stub, source }) => {
    if ('kept' in source) return { ...source.kept, ...describe(stub) }
    const { data, contentType } = source.upload
    const id = world.nextId()
    world.files.set(id, { id, channelId, name, contentType, data })
    const url = `${world.cdnUrl}/attachments/${channelId}/${id}/${name}`
    return {
      id,
      filename: name,
      size: data.length,
      url,
      proxy_url: url,
      content_type: contentType,
      ...imageSize(data),
      ...describe(stub),
    }
  })
}

function describe(stub: Json): Json {
  return typeof stub.description === 'string' ? { description: stub.description } : {}
}

/** Width and height of a PNG, from its header; nothing for other files. */
function imageSize(data: Buffer): Json {
  const isPng = data.length >= 24 && data.readUInt32BE(0) === 0x89504e47
  return isPng ? { width: data.readUInt32BE(16), height: data.readUInt32BE(20) } : {}
}

/** Replaces every `attachment://name` of a body by the stored file's address, with what a client needs to show it. */
export function resolveReferences(body: Json, attachments: Json[]): Json {
  const copy = structuredClone(body)
  for (const { holder, key, onlyAttachment } of mediaPlaces(copy)) {
    const name = referencedName(holder[key])
    const file = attachments.find((one) => one.filename === name)
    if (name === undefined || file === undefined) continue
    holder[key] = file.url
    if (key !== 'url') continue
    holder.proxy_url = file.proxy_url
    holder.content_type = file.content_type
    holder.attachment_id = file.id
    if ('width' in file) Object.assign(holder, { width: file.width, height: file.height })
    if (onlyAttachment) Object.assign(holder, { name: file.filename, size: file.size })
  }
  return copy
}
