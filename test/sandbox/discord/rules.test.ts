import { describe, expect, it } from 'vitest'
import { ApiError, flatten } from '../../../src/sandbox/discord/api-error.ts'
import type { Interaction, InteractionKind } from '../../../src/sandbox/discord/interaction.ts'
import type { Json } from '../../../src/sandbox/discord/json.ts'
import {
  checkCallback,
  checkCommandList,
  checkMessage,
  type MessageForm,
} from '../../../src/sandbox/discord/validate.ts'

const V2 = 32_768
const text = (content = 'text') => ({ type: 10, content })
const row = (...components: Json[]) => ({ type: 1, components })
const button = (more: Json = {}) => ({ type: 2, style: 1, label: 'Go', custom_id: 'go', ...more })
const buttons = (count: number) =>
  Array.from({ length: count }, (_, index) => button({ custom_id: `b${index}` }))
const option = (value: string, more: Json = {}) => ({ label: value, value, ...more })
const select = (more: Json = {}) => ({
  type: 3,
  custom_id: 's',
  options: [option('a'), option('b')],
  ...more,
})
const link = { type: 2, style: 5, label: 'Docs', url: 'https://example.com' }
const v2 = (...components: Json[]) => ({ flags: V2, components })
const section = (more: Json = {}) => ({ type: 9, components: [text()], accessory: button(), ...more })
const image = (url: string) => ({ type: 12, items: [{ media: { url } }] })

function complaints(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiError)
      return error.fields.length === 0 ? [String(error.code)] : error.fields.map(flatten)
    throw error
  }
  return []
}

function ofMessage(
  body: Json,
  form: MessageForm = 'create',
  before: Json | null = null,
  files: string[] = [],
) {
  return complaints(() => checkMessage(form, body, { before, fileNames: new Set(files) }))
}

function ofCallback(kind: InteractionKind, body: Json, sourceMessageId: string | null = null) {
  const interaction = { kind, sourceMessageId } as Interaction
  return complaints(() => checkCallback(interaction, body, { before: null, fileNames: new Set() }))
}

const command = (more: Json = {}) => ({ name: 'node', description: 'Nodes', ...more })
const sub = (name: string, options: Json[] = []) => ({ type: 1, name, description: 'd', options })
const plain = (name: string, more: Json = {}) => ({ type: 3, name, description: 'd', ...more })
const ofCommands = (...commands: Json[]) => complaints(() => checkCommandList(commands))

describe('a message body that Discord takes', () => {
  it.each<[string, Json]>([
    [
      'text with the keys that discord.js always adds',
      { content: 'hi', tts: false, enforce_nonce: false, nonce: null },
    ],
    ['exactly 2000 characters outside the basic plane', { content: '🟢'.repeat(2000) }],
    [
      'five rows of five buttons',
      {
        content: 'x',
        components: Array.from({ length: 5 }, (_, r) =>
          row(...Array.from({ length: 5 }, (_, b) => button({ custom_id: `${r}.${b}` }))),
        ),
      },
    ],
    [
      'a row with a link and an emoji button',
      { content: 'x', components: [row(link, button({ label: undefined, emoji: { name: '🔁' } }))] },
    ],
    ['a V2 card of 40 components', v2({ type: 17, components: Array.from({ length: 39 }, () => text('x')) })],
    ['a V2 card with 4000 characters', v2(text('x'.repeat(4000)))],
    ['a section with a button', v2(section())],
    [
      'an embed of 6000 characters',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'y'.repeat(2000) }] },
    ],
    ['silence for mentions', { content: '@everyone', allowed_mentions: { parse: [] } }],
  ])('%s', (_name, body) => {
    expect(ofMessage(body)).toEqual([])
  })
})

describe('a message body that Discord refuses', () => {
  it.each<[string, Json, string]>([
    ['content over 2000', { content: 'x'.repeat(2001) }, 'content[BASE_TYPE_MAX_LENGTH]'],
    ['content that is no text', { content: {} }, 'content[BASE_TYPE_INVALID]'],
    [
      '11 embeds',
      { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) },
      'embeds[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      '26 embed fields',
      { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'n', value: 'v' })) }] },
      'embeds[0].fields[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      'an embed title over 256',
      { embeds: [{ title: 'x'.repeat(257) }] },
      'embeds[0].title[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'an embed colour out of range',
      { embeds: [{ title: 'x', color: 0x1000000 }] },
      'embeds[0].color[NUMBER_TYPE_MAX]',
    ],
    [
      'an embed address that is none',
      { embeds: [{ title: 'x', url: 'nowhere' }] },
      'embeds[0].url[URL_TYPE_INVALID_URL]',
    ],
    [
      '6001 characters in all embeds',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'y'.repeat(2001) }] },
      'embeds[MAX_EMBED_SIZE_EXCEEDED]',
    ],
    [
      'an embed field with blank value',
      { embeds: [{ fields: [{ name: 'n', value: ' ' }] }] },
      'embeds[0].fields[0].value[BASE_TYPE_REQUIRED]',
    ],
    [
      '6 rows',
      { content: 'x', components: Array.from({ length: 6 }, (_, i) => row(button({ custom_id: `${i}` }))) },
      'components[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      '6 buttons in a row',
      { content: 'x', components: [row(...buttons(6))] },
      'components[0].components[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      'a select beside a button',
      { content: 'x', components: [row(button(), select())] },
      'components[0].components[1][COMPONENT_LAYOUT_WIDTH_EXCEEDED]',
    ],
    [
      'the same custom_id twice, once disabled',
      { content: 'x', components: [row(button(), button({ disabled: true }))] },
      'components[0].components[1].custom_id[COMPONENT_CUSTOM_ID_DUPLICATED]',
    ],
    [
      'a custom_id over 100',
      { content: 'x', components: [row(button({ custom_id: 'x'.repeat(101) }))] },
      'components[0].components[0].custom_id[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a button without custom_id',
      { content: 'x', components: [row(button({ custom_id: undefined }))] },
      'components[0].components[0][BUTTON_COMPONENT_CUSTOM_ID_REQUIRED]',
    ],
    [
      'a button with custom_id and address',
      { content: 'x', components: [row({ ...link, custom_id: 'x' })] },
      'components[0].components[0][BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE]',
    ],
    [
      'a link button without address',
      { content: 'x', components: [row({ ...link, url: undefined })] },
      'components[0].components[0][BASE_TYPE_REQUIRED]',
    ],
    [
      'a link over 512',
      { content: 'x', components: [row({ ...link, url: `https://example.com/${'x'.repeat(512)}` })] },
      'components[0].components[0].url[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a link of a strange scheme',
      { content: 'x', components: [row({ ...link, url: 'javascript:alert(1)' })] },
      'components[0].components[0].url[URL_TYPE_INVALID_URL]',
    ],
    [
      'a button with neither label nor emoji',
      { content: 'x', components: [row(button({ label: undefined }))] },
      'components[0].components[0].label[BASE_TYPE_REQUIRED]',
    ],
    [
      'a button emoji that is a word',
      { content: 'x', components: [row(button({ emoji: { name: 'fire' } }))] },
      'components[0].components[0].emoji.name[BUTTON_COMPONENT_INVALID_EMOJI]',
    ],
    [
      'a label over 80',
      { content: 'x', components: [row(button({ label: 'x'.repeat(81) }))] },
      'components[0].components[0].label[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a select value twice',
      { content: 'x', components: [row(select({ options: [option('a'), option('a')] }))] },
      'components[0].components[0].options[1].value[SELECT_COMPONENT_OPTION_VALUE_DUPLICATED]',
    ],
    [
      'more values than options',
      { content: 'x', components: [row(select({ max_values: 3 }))] },
      'components[0].components[0].max_values[NUMBER_TYPE_MAX]',
    ],
    [
      'more defaults than values',
      {
        content: 'x',
        components: [
          row(select({ options: [option('a', { default: true }), option('b', { default: true })] })),
        ],
      },
      'components[0].components[0].options[SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES]',
    ],
    [
      '26 select options',
      {
        content: 'x',
        components: [row(select({ options: Array.from({ length: 26 }, (_, i) => option(`${i}`)) }))],
      },
      'components[0].components[0].options[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      '41 components, nested ones counted',
      v2({
        type: 17,
        components: Array.from({ length: 13 }, (_, i) =>
          section({ accessory: button({ custom_id: `${i}` }) }),
        ).concat([text() as never]),
      }),
      'components[COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED]',
    ],
    [
      '4001 characters in all texts',
      v2(text('x'.repeat(2000)), { type: 17, components: [text('x'.repeat(2001))] }),
      'components[COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED]',
    ],
    [
      'V2 with content',
      { ...v2(text()), content: 'x' },
      'content[MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2]',
    ],
    [
      'V2 with embeds',
      { ...v2(text()), embeds: [{ title: 'x' }] },
      'embeds[MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2]',
    ],
    ['V2 components without the flag', { components: [text()] }, 'components[0][UNION_TYPE_CHOICES]'],
    ['an unknown component', v2({ type: 99 }), 'components[0][UNION_TYPE_CHOICES]'],
    [
      'a component id twice',
      v2({ ...text(), id: 7 }, { ...text(), id: 7 }),
      'components[1].id[COMPONENT_ID_DUPLICATED]',
    ],
    ['an empty text', v2(text('')), 'components[0].content[BASE_TYPE_REQUIRED]'],
    [
      'an empty container',
      v2({ type: 17, components: [] }),
      'components[0].components[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      'a container in a container',
      v2({ type: 17, components: [{ type: 17, components: [text()] }] }),
      'components[0].components[0][UNION_TYPE_CHOICES]',
    ],
    [
      'a section without accessory',
      v2({ type: 9, components: [text()] }),
      'components[0].accessory[BASE_TYPE_REQUIRED]',
    ],
    [
      'a section with 4 texts',
      v2(section({ components: [text(), text(), text(), text()] })),
      'components[0].components[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      'a gallery of 11',
      v2({
        type: 12,
        items: Array.from({ length: 11 }, () => ({ media: { url: 'https://example.com/a.png' } })),
      }),
      'components[0].items[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      'an image that was not uploaded',
      v2(image('attachment://b.png')),
      'components[0].items[0].media.url[UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND]',
    ],
    [
      'an embed image that was not uploaded',
      { embeds: [{ image: { url: 'attachment://b.png' } }] },
      'embeds[0].image.url[UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND]',
    ],
    [
      'a File that is no attachment',
      v2({ type: 13, file: { url: 'https://example.com/a.txt' } }),
      'components[0].file.url[UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND]',
    ],
    [
      'parse users and a list of users',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1574123569657413637'] } },
      'allowed_mentions[MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE]',
    ],
    [
      'a strange parse',
      { content: 'x', allowed_mentions: { parse: ['all'] } },
      'allowed_mentions.parse[0][BASE_TYPE_CHOICES]',
    ],
    [
      'a poll of 11 answers',
      {
        poll: {
          question: { text: 'q' },
          answers: Array.from({ length: 11 }, () => ({ poll_media: { text: 'a' } })),
        },
      },
      'poll.answers[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      'a poll of 33 days',
      { poll: { question: { text: 'q' }, answers: [{ poll_media: { text: 'a' } }], duration: 33 * 24 } },
      'poll.duration[NUMBER_TYPE_MAX]',
    ],
  ])('%s', (_name, body, expected) => {
    expect(ofMessage(body, 'create', null, ['a.png'])).toContain(expected)
  })

  it('an edit to V2 that leaves the old content in place', () => {
    const before = { content: 'old', embeds: [], flags: 0 }
    expect(ofMessage(v2(text()), 'edit', before)).toContain(
      'content[MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2]',
    )
    expect(ofMessage({ ...v2(text()), content: null, embeds: [] }, 'edit', before)).toEqual([])
  })

  it('content put into a message that is V2 already, with or without the flag', () => {
    const before = { content: '', embeds: [], flags: V2 }
    expect(ofMessage({ content: 'x' }, 'edit-by-webhook', before)).toContain(
      'content[MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2]',
    )
  })

  it('V2 components in an edit without the flag, on a message that has it', () => {
    const before = { content: '', embeds: [], flags: V2 }
    expect(ofMessage({ components: [text()] }, 'edit', before)).toContain('components[0][UNION_TYPE_CHOICES]')
  })

  it('in the shape of the real envelope', () => {
    try {
      checkMessage('create', { embeds: [{ title: 'x'.repeat(257) }] }, { before: null, fileNames: new Set() })
    } catch (error) {
      expect((error as ApiError).toBody()).toEqual({
        message: 'Invalid Form Body',
        code: 50035,
        errors: {
          embeds: {
            '0': {
              title: {
                _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 256 or fewer in length.' }],
              },
            },
          },
        },
      })
    }
    expect.assertions(1)
  })
})

describe('an answer to an interaction', () => {
  const label = (component: Json) => ({ type: 18, label: 'Name', component })
  const input = (more: Json = {}) => ({ type: 4, style: 1, custom_id: 'name', ...more })
  const modal = (components: Json[], more: Json = {}) => ({
    type: 9,
    data: { custom_id: 'm', title: 'Sure?', components, ...more },
  })
  const choices = (list: Json[]) => ({ type: 8, data: { choices: list } })

  it.each<[string, InteractionKind, Json, string | null]>([
    ['a message', 'command', { type: 4, data: { content: 'x' } }, null],
    [
      'a deferral with the V2 flag, which Discord ignores',
      'command',
      { type: 5, data: { flags: V2 | 64 } },
      null,
    ],
    ['a modal', 'component', modal([text(), label(input())]), null],
    ['an update by a modal that a component opened', 'modal', { type: 7, data: { content: 'x' } }, 'source'],
    [
      '25 choices',
      'autocomplete',
      choices(Array.from({ length: 25 }, (_, i) => ({ name: `${i}`, value: `${i}` }))),
      null,
    ],
  ])('is taken: %s', (_name, kind, body, source) => {
    expect(ofCallback(kind, body, source)).toEqual([])
  })

  it.each<[string, InteractionKind, Json, string]>([
    ['an update of a command', 'command', { type: 7, data: { content: 'x' } }, 'type[BASE_TYPE_CHOICES]'],
    ['a modal in answer to a modal', 'modal', modal([label(input())]), 'type[BASE_TYPE_CHOICES]'],
    ['an update by a modal that a command opened', 'modal', { type: 6 }, 'type[BASE_TYPE_CHOICES]'],
    [
      'a message in answer to autocomplete',
      'autocomplete',
      { type: 4, data: { content: 'x' } },
      'type[BASE_TYPE_CHOICES]',
    ],
    [
      'content over 2000',
      'command',
      { type: 4, data: { content: 'x'.repeat(2001) } },
      'data.content[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a modal of 6 components',
      'command',
      modal(Array.from({ length: 6 }, (_, i) => label(input({ custom_id: `${i}` })))),
      'data.components[BASE_TYPE_BAD_LENGTH]',
    ],
    ['an empty modal', 'command', modal([]), 'data.components[BASE_TYPE_BAD_LENGTH]'],
    [
      'a modal title over 45',
      'command',
      modal([label(input())], { title: 'x'.repeat(46) }),
      'data.title[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a label over 45',
      'command',
      modal([{ ...label(input()), label: 'x'.repeat(46) }]),
      'data.components[0].label[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a button in a modal',
      'command',
      modal([row(button())]),
      'data.components[0].components[0][UNION_TYPE_CHOICES]',
    ],
    [
      'lengths that cannot be met',
      'command',
      modal([label(input({ min_length: 5, max_length: 4 }))]),
      'data.components[0].component.min_length[NUMBER_TYPE_MAX]',
    ],
    [
      'a disabled select in a modal',
      'command',
      modal([label(select({ disabled: true }))]),
      'data.components[0].component.disabled[COMPONENT_DISABLED_NOT_ALLOWED]',
    ],
    [
      '26 choices',
      'autocomplete',
      choices(Array.from({ length: 26 }, (_, i) => ({ name: `${i}`, value: `${i}` }))),
      'data.choices[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      'a choice without name',
      'autocomplete',
      choices([{ name: '', value: 'a' }]),
      'data.choices[0].name[BASE_TYPE_REQUIRED]',
    ],
    [
      'a choice name over 100',
      'autocomplete',
      choices([{ name: 'x'.repeat(101), value: 'a' }]),
      'data.choices[0].name[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a choice value over 100',
      'autocomplete',
      choices([{ name: 'a', value: 'x'.repeat(101) }]),
      'data.choices[0].value[BASE_TYPE_MAX_LENGTH]',
    ],
  ])('is refused: %s', (_name, kind, body, expected) => {
    expect(ofCallback(kind, body)).toContain(expected)
  })
})

describe('commands', () => {
  it.each<[string, Json]>([
    [
      'localised names in Japanese and Chinese',
      command({ name_localizations: { ja: 'ノード', 'zh-CN': '节点' } }),
    ],
    ['permissions as a string of digits', command({ default_member_permissions: '8' })],
    [
      'subcommands in a group',
      command({ options: [{ type: 2, name: 'g', description: 'd', options: [sub('list')] }] }),
    ],
    ['a context-menu command with spaces and capitals', { type: 3, name: 'Make Incident' }],
  ])('are taken: %s', (_name, body) => {
    expect(ofCommands(body)).toEqual([])
  })

  it.each<[string, Json[], string]>([
    ['a name with a capital', [command({ name: 'Node' })], '[0].name[APPLICATION_COMMAND_INVALID_NAME]'],
    ['a name with a space', [command({ name: 'my node' })], '[0].name[APPLICATION_COMMAND_INVALID_NAME]'],
    ['a name over 32', [command({ name: 'x'.repeat(33) })], '[0].name[APPLICATION_COMMAND_INVALID_NAME]'],
    [
      'a localised name with a space',
      [command({ name_localizations: { ja: 'ノ ド' } })],
      '[0].name_localizations.ja[APPLICATION_COMMAND_INVALID_NAME]',
    ],
    [
      'a locale that Discord has not',
      [command({ name_localizations: { zh: '节点' } })],
      '[0].name_localizations.zh[BASE_TYPE_CHOICES]',
    ],
    [
      'a translated description over 100',
      [command({ description_localizations: { ja: 'x'.repeat(101) } })],
      '[0].description_localizations.ja[BASE_TYPE_BAD_LENGTH]',
    ],
    ['a description that is missing', [{ name: 'node' }], '[0].description[BASE_TYPE_REQUIRED]'],
    [
      'a description over 100',
      [command({ description: 'x'.repeat(101) })],
      '[0].description[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      'a required option after an optional one',
      [command({ options: [plain('a'), plain('b', { required: true })] })],
      '[0].options[1][APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID]',
    ],
    [
      'the same option twice',
      [command({ options: [plain('a'), plain('a')] })],
      '[0].options[1].name[APPLICATION_COMMAND_OPTIONS_NAME_INVALID]',
    ],
    ['the same command twice', [command(), command()], '[1][APPLICATION_COMMANDS_DUPLICATE_NAME]'],
    [
      'two commands that one language calls the same',
      [
        command({ name: 'one', name_localizations: { ja: 'ノード' } }),
        command({ name: 'two', name_localizations: { ja: 'ノード' } }),
      ],
      '[1][APPLICATION_COMMANDS_DUPLICATE_NAME]',
    ],
    [
      'a translation that is the name of another command',
      [command({ name: 'one' }), command({ name: 'two', name_localizations: { ja: 'one' } })],
      '[1][APPLICATION_COMMANDS_DUPLICATE_NAME]',
    ],
    [
      'a subcommand beside a plain option',
      [command({ options: [sub('list'), plain('a')] })],
      '[0].options[1][APPLICATION_COMMAND_OPTIONS_TYPE_INVALID]',
    ],
    [
      'choices with autocomplete',
      [command({ options: [plain('a', { autocomplete: true, choices: [{ name: 'x', value: 'x' }] })] })],
      '[0].options[0].choices[APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID]',
    ],
    [
      'a choice value over 100',
      [command({ options: [plain('a', { choices: [{ name: 'x', value: 'x'.repeat(101) }] })] })],
      '[0].options[0].choices[0].value[BASE_TYPE_MAX_LENGTH]',
    ],
    [
      '26 options',
      [command({ options: Array.from({ length: 26 }, (_, i) => plain(`o${i}`)) })],
      '[0].options[BASE_TYPE_BAD_LENGTH]',
    ],
    [
      '8001 characters in one command',
      [
        command({
          options: Array.from({ length: 20 }, (_, i) =>
            plain(`o${i}`, {
              description: 'd'.repeat(100),
              choices: Array.from({ length: 4 }, (_, c) => ({
                name: `${c}${'n'.repeat(40)}`,
                value: `${c}${'v'.repeat(40)}`,
              })),
            }),
          ),
        }),
      ],
      '[0][APPLICATION_COMMAND_TOO_LARGE]',
    ],
    ['101 commands', Array.from({ length: 101 }, (_, i) => command({ name: `c${i}` })), '30032'],
    [
      'a group in a group',
      [
        command({
          options: [
            { type: 2, name: 'g', description: 'd', options: [{ type: 2, name: 'h', description: 'd' }] },
          ],
        }),
      ],
      '[0].options[0].options[0][UNION_TYPE_CHOICES]',
    ],
  ])('are refused: %s', (_name, commands, expected) => {
    expect(ofCommands(...commands)).toContain(expected)
  })
})
