import {
  type APIButtonComponentWithCustomId,
  type APIComponentInContainer,
  type APIContainerComponent,
  type APIMessageTopLevelComponent,
  type APISelectMenuOption,
  ButtonStyle,
  ComponentType,
  SeparatorSpacingSize,
} from 'discord.js'
import type { Mood } from '../presenters/told.ts'
import { toLine } from './markdown.ts'

/** Discord's bounds for one message of components. */
export const CARD_LIMITS = {
  components: 40,
  text: 4000,
  selectOptions: 25,
  label: 80,
  optionText: 100,
  imageText: 1024,
} as const

/** A text file that goes with a card. The name is plain ASCII: Discord renames others and breaks the reference. */
export interface CardFile {
  name: string
  text: string
}

/** A file of any kind that goes with a card; the name is plain ASCII like that of a {@link CardFile}. */
export interface CardAttachment {
  name: string
  bytes: Uint8Array
}

/** A picture that goes with a card; the name is plain ASCII like that of a {@link CardFile}. */
export interface CardImage {
  name: string
  png: Buffer
  /** What is to be seen, for those who cannot see it. */
  alt: string
}

/** What a view makes: a message of components, and the files that they refer to. */
export interface Card {
  components: APIMessageTopLevelComponent[]
  files: readonly CardFile[]
  images?: readonly CardImage[]
  attachment?: CardAttachment
}

/** Colour of a card's edge. */
export const COLOURS = {
  good: 0x2ecc71,
  warning: 0xf1c40f,
  bad: 0xe74c3c,
  lost: 0x7f1d1d,
  neutral: 0x5865f2,
  unknown: 0x95a5a6,
} as const satisfies Record<Mood, number>
export type Colour = Mood

/** One framed card of texts (separated by lines), an optional file and rows of controls. */
export function makeCard(parts: {
  colour: Colour
  texts: readonly string[]
  controls?: readonly APIComponentInContainer[]
  file?: CardFile | undefined
  image?: CardImage | undefined
  attachment?: CardAttachment | undefined
}): Card {
  const shown = parts.texts.filter((text) => text.trim() !== '')
  const components: APIComponentInContainer[] = shown.flatMap((content, index) => [
    ...(index > 0 ? [separator()] : []),
    { type: ComponentType.TextDisplay as const, content },
  ])
  if (parts.image) components.push(gallery(parts.image))
  for (const file of [parts.file, parts.attachment])
    if (file) components.push({ type: ComponentType.File, file: { url: `attachment://${file.name}` } })
  components.push(...(parts.controls ?? []))
  const container: APIContainerComponent = {
    type: ComponentType.Container,
    accent_color: COLOURS[parts.colour],
    components,
  }
  return {
    components: [container],
    files: parts.file ? [parts.file] : [],
    ...(parts.image ? { images: [parts.image] } : {}),
    ...(parts.attachment ? { attachment: parts.attachment } : {}),
  }
}

/** A picture over the full width of the card. */
function gallery({ name, alt }: CardImage): APIComponentInContainer {
  const description = toLine(alt, CARD_LIMITS.imageText)
  return {
    type: ComponentType.MediaGallery,
    items: [{ media: { url: `attachment://${name}` }, description }],
  }
}

/** A thin line between two texts. */
function separator(): APIComponentInContainer {
  return { type: ComponentType.Separator, divider: true, spacing: SeparatorSpacingSize.Small }
}

/** What a button looks like. */
export interface ButtonLook {
  id: string
  label: string
  emoji?: string
  style?: 'primary' | 'secondary' | 'success' | 'danger'
  disabled?: boolean
}

const STYLES = {
  primary: ButtonStyle.Primary,
  secondary: ButtonStyle.Secondary,
  success: ButtonStyle.Success,
  danger: ButtonStyle.Danger,
} as const

/** A row of up to five buttons. */
export function buttonRow(looks: readonly ButtonLook[]): APIComponentInContainer {
  const components = looks.map(
    (look): APIButtonComponentWithCustomId => ({
      type: ComponentType.Button,
      style: STYLES[look.style ?? 'secondary'],
      custom_id: look.id,
      label: toLine(look.label, CARD_LIMITS.label),
      ...(look.emoji === undefined ? {} : { emoji: { name: look.emoji } }),
      ...(look.disabled === undefined ? {} : { disabled: look.disabled }),
    }),
  )
  return { type: ComponentType.ActionRow, components }
}

/** A menu of one choice among at most 25. Labels are shown literally: no markdown applies there. */
export function selectRow(
  id: string,
  placeholder: string,
  options: readonly { value: string; label: string; description?: string; emoji?: string }[],
): APIComponentInContainer {
  const shown = options.slice(0, CARD_LIMITS.selectOptions).map(
    (option): APISelectMenuOption => ({
      value: option.value,
      label: toLine(option.label, CARD_LIMITS.optionText) || option.value,
      ...(option.description ? { description: toLine(option.description, CARD_LIMITS.optionText) } : {}),
      ...(option.emoji === undefined ? {} : { emoji: { name: option.emoji } }),
    }),
  )
  return {
    type: ComponentType.ActionRow,
    components: [
      {
        type: ComponentType.StringSelect,
        custom_id: id,
        placeholder: toLine(placeholder, CARD_LIMITS.optionText),
        options: shown,
      },
    ],
  }
}
