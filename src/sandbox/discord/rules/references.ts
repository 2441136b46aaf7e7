import type { FieldError } from '../api-error.ts'
import { asRecord, asRecords, asText, type Json } from '../json.ts'
import { ComponentType, type Path, walkComponents } from './walk.ts'

const SCHEME = 'attachment://'

/** A place that holds a media address: `holder[key]`. */
export interface MediaPlace {
  holder: Json
  key: string
  path: Path
  /** The File component takes nothing but an attachment of the same message. */
  onlyAttachment: boolean
}

/** Every place of a message body where an `attachment://name` may stand. */
export function mediaPlaces(body: Json): MediaPlace[] {
  return [...embedPlaces(body), ...componentPlaces(body)]
}

/** The file name of an `attachment://` address, or undefined for any other address. */
export function referencedName(value: unknown): string | undefined {
  const text = asText(value)
  return text?.startsWith(SCHEME) ? text.slice(SCHEME.length) : undefined
}

/** `attachment://name` must name an uploaded or kept file. `names` are the files that the message will have. */
export function referenceErrors(body: Json, names: Set<string>): FieldError[] {
  return mediaPlaces(body).flatMap(({ holder, key, path, onlyAttachment }) => {
    const name = referencedName(holder[key])
    if (name === undefined ? !onlyAttachment : names.has(name)) return []
    const message = 'The referenced attachment was not found in the message'
    return [{ path, code: 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND', message }]
  })
}

function embedPlaces(body: Json): MediaPlace[] {
  return asRecords(body.embeds).flatMap((embed, index) =>
    [
      ['image', 'url'],
      ['thumbnail', 'url'],
      ['author', 'icon_url'],
      ['footer', 'icon_url'],
    ].flatMap(([part = '', key = '']) => {
      const holder = asRecord(embed[part])
      return holder ? [{ holder, key, path: ['embeds', index, part, key], onlyAttachment: false }] : []
    }),
  )
}

function componentPlaces(body: Json): MediaPlace[] {
  return [...walkComponents(body.components)].flatMap(({ component, path }) => {
    if (component.type === ComponentType.file) return place(component.file, [...path, 'file', 'url'], true)
    if (component.type === ComponentType.thumbnail)
      return place(component.media, [...path, 'media', 'url'], false)
    if (component.type !== ComponentType.mediaGallery) return []
    return asRecords(component.items).flatMap((item, index) =>
      place(item.media, [...path, 'items', index, 'media', 'url'], false),
    )
  })
}

function place(media: unknown, path: Path, onlyAttachment: boolean): MediaPlace[] {
  const holder = asRecord(media)
  return holder ? [{ holder, key: 'url', path, onlyAttachment }] : []
}
