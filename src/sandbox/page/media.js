/** Images and files of a message. Only files on the embedded CDN are loaded; other addresses stay links. */
import { cdnPath, externalLink, h, icon } from './dom.js'

const PREVIEW_CHARS = 20_000
const TEXT_FILE = /\.(log|txt|json|ya?ml|csv|md|conf|sh)$/i

/** @param {number} bytes */
export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/**
 * @param {{url: string, description?: string | null, spoiler?: boolean, width?: number, height?: number}} media
 * @param {Function} t translator
 */
export function image(media, className, t) {
  const path = cdnPath(media.url)
  if (path === null) {
    return externalLink(
      media.url,
      { class: 'media-external' },
      icon('link', 16),
      h('span', { text: t('externalMedia') }),
    )
  }
  const picture = h('img', {
    class: className,
    src: path,
    alt: media.description ?? '',
    title: media.description ?? null,
    width: media.width || null,
    height: media.height || null,
    decoding: 'async',
  })
  if (!media.spoiler)
    return h('a', { class: 'media-link', href: path, target: '_blank', rel: 'noopener' }, picture)
  const cover = h('button', { class: 'media-spoiler', type: 'button', 'aria-label': t('preview') }, picture)
  cover.addEventListener('click', () => cover.classList.add('revealed'))
  return cover
}

/**
 * A file card with its size, a download link and, for text, a preview in place.
 * @param {{url: string, filename: string, size: number | null}} file
 */
export function fileCard(file, t) {
  const path = cdnPath(file.url)
  const card = h(
    'div',
    { class: 'file', dataset: { testid: 'file' } },
    h(
      'div',
      { class: 'file-head' },
      h('span', { class: 'file-icon' }, icon('file', 22)),
      h(
        'span',
        { class: 'file-text' },
        h('span', { class: 'file-name', text: file.filename }),
        file.size === null ? null : h('span', { class: 'file-size', text: fileSize(file.size) }),
      ),
    ),
  )
  if (path === null) return card
  const head = card.firstElementChild
  if (TEXT_FILE.test(file.filename)) head.append(previewButton(card, path, t))
  head.append(
    h(
      'a',
      {
        class: 'icon-button',
        href: path,
        download: file.filename,
        title: t('download'),
        'aria-label': t('download'),
      },
      icon('download'),
    ),
  )
  return card
}

function previewButton(card, path, t) {
  let shown = null
  const button = h('button', { class: 'btn btn-quiet btn-small', type: 'button', text: t('preview') })
  button.addEventListener('click', async () => {
    if (shown !== null) {
      shown.remove()
      shown = null
      button.textContent = t('preview')
      return
    }
    shown = h('pre', { class: 'code-block file-preview', tabindex: 0 })
    card.append(shown)
    button.textContent = t('hidePreview')
    const target = shown
    try {
      const response = await fetch(path)
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      target.textContent = (await response.text()).slice(0, PREVIEW_CHARS)
    } catch {
      target.textContent = t('previewFailed')
    }
  })
  return button
}

/** Attachments of a message without V2 components: pictures first, then cards. */
export function attachments(list, t) {
  if (list.length === 0) return []
  const isImage = (file) => String(file.content_type ?? '').startsWith('image/')
  const pictures = list.filter(isImage)
  return [
    pictures.length > 0
      ? gallery(
          pictures.map((file) => ({ ...file, spoiler: file.filename.startsWith('SPOILER_') })),
          t,
        )
      : null,
    ...list.filter((file) => !isImage(file)).map((file) => fileCard({ ...file, size: file.size ?? null }, t)),
  ]
}

/** @param {Parameters<typeof image>[0][]} items */
export function gallery(items, t) {
  return h(
    'div',
    { class: `gallery gallery-${Math.min(items.length, 4)}` },
    items.map((item) => image(item, 'gallery-image', t)),
  )
}
