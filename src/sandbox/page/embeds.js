/** Embeds of messages without V2 components. */
import { cssColor } from './components.js'
import { externalLink, h } from './dom.js'
import { renderInline, renderMarkdown } from './markdown-view.js'
import { image } from './media.js'
import { absoluteTime } from './time.js'

/**
 * @param {Record<string, any>} embed
 * @param {import('./components.js').ComponentView} view
 */
export function renderEmbed(embed, view) {
  const { markdown, t } = view
  const title = embed.title ? renderInline(embed.title, markdown) : null
  const footer = [
    embed.footer?.text ?? null,
    embed.timestamp ? absoluteTime(Date.parse(embed.timestamp), 's', markdown.locale) : null,
  ].filter(Boolean)
  return h(
    'div',
    {
      class: 'embed',
      vars: embed.color === null || embed.color === undefined ? {} : { edge: cssColor(embed.color) },
    },
    h(
      'div',
      { class: 'embed-main' },
      embed.author?.name ? linked(embed.author.url, { class: 'embed-author' }, embed.author.name) : null,
      title === null ? null : linked(embed.url, { class: 'embed-title' }, title),
      embed.description ? renderMarkdown(embed.description, markdown) : null,
      embed.fields?.length > 0
        ? h(
            'div',
            { class: 'embed-fields' },
            embed.fields.map((field) =>
              h(
                'div',
                { class: field.inline ? 'embed-field embed-field-inline' : 'embed-field' },
                h('div', { class: 'embed-field-name' }, renderInline(field.name, markdown)),
                renderMarkdown(field.value, markdown),
              ),
            ),
          )
        : null,
      embed.image?.url ? image(embed.image, 'embed-image', t) : null,
      footer.length > 0 ? h('div', { class: 'embed-footer', text: footer.join(' · ') }) : null,
    ),
    embed.thumbnail?.url ? image(embed.thumbnail, 'thumbnail', t) : null,
  )
}

function linked(url, props, ...children) {
  return url ? externalLink(url, props, ...children) : h('div', props, ...children)
}
