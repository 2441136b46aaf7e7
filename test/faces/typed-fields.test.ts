import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commands as slashCommands } from '../../commands/index.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { LOCALES } from '../../src/base/locale.ts'
import { commands as cliCommands } from '../../src/cli/commands.ts'
import { inWordsOf as inShellWords } from '../../src/cli/explain.ts'
import { inWordsOf as inDiscordWords } from '../../src/discord/typed-option.ts'
import { operations } from '../../src/operations/index.ts'

/** Fields that a face fills in by itself, or does not ask for: nobody typed them. */
const NOT_TYPED: Readonly<Record<'cli' | 'discord', readonly string[]>> = {
  cli: [
    'list-nodes live',
    'download-backup encrypted',
    'download-backup maxBytes',
    'test-alerts locale',
    'list-audit to',
    'export-audit after',
    'export-audit limit',
    'web-login language',
  ],
  discord: [
    'list-nodes live',
    // A form asks for it, by a name of its own.
    'remove-bot id',
    ...['download-backup recipients', 'download-backup encrypted', 'download-backup maxBytes'],
    ...['decommission-node confirm', 'decommission-node reason'],
    'fix-lint only',
    'test-alerts locale',
    ...['set-board on', 'set-board channel'],
    ...['list-audit run', 'list-audit to', 'list-audit before', 'list-audit limit'],
    'verify-audit against',
    'web-login language',
  ],
}

function fieldsOf(input: z.ZodType): string[] {
  const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })
  return Object.keys(schema.properties ?? {})
}

const wrong = (field: string) => new OperatorError('invalid-input', { field, problem: 'missing' })
const fieldIn = (error: unknown) => (error instanceof OperatorError ? error.params.field : undefined)

describe('an input that does not fit', () => {
  it('is told in a shell by the option or operand that was typed', () => {
    const unnamed = operations.flatMap(({ name, input }) => {
      const mine = cliCommands.filter(({ operation }) => operation === name)
      return fieldsOf(input)
        .filter(
          (field) =>
            mine.length > 0 && mine.every((one) => fieldIn(inShellWords(one, wrong(field))) === field),
        )
        .map((field) => `${name} ${field}`)
    })
    expect(unnamed).toEqual(NOT_TYPED.cli)
  })

  it.each(LOCALES)('is told in Discord by the option, as the client calls it in %s', (locale) => {
    const unnamed = operations.flatMap(({ name, input }) => {
      const mine = slashCommands.filter(({ operation }) => operation.name === name)
      const isNamed = (field: string) =>
        mine.some((one) => {
          const said = fieldIn(inDiscordWords(one, wrong(field), { locale }))
          const options = one.data.options ?? []
          return options.some(
            (option) => said === (locale === 'en' ? option.name : option.name_localizations?.[locale]),
          )
        })
      return fieldsOf(input)
        .filter((field) => mine.length > 0 && !isNamed(field))
        .map((field) => `${name} ${field}`)
    })
    expect(unnamed).toEqual(NOT_TYPED.discord)
  })

  it.each([
    ['node add', 'version', '--openclaw'],
    ['node add', 'sshUser', '--ssh-user'],
    ['node add', 'tags', '--tag'],
    ['node add', 'id', 'ID'],
    ['key restrict', 'publicKey', '--public-key'],
    ['node maintenance', 'minutes', '--for'],
    ['bot add', 'bindings.0', '--bind'],
  ])('of ocm %s names %s as %s', (path, field, typed) => {
    const command = cliCommands.find((one) => one.path === path) ?? null
    expect(fieldIn(inShellWords(command, wrong(field)))).toBe(typed)
  })
})
