import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { createInk } from '../../src/cli/ink.ts'
import { questionText } from '../../src/cli/views/told.ts'
import { createReader } from '../../src/discord/reader.ts'
import { addPlanView, addProgressView, addResultView } from '../../src/discord/views/add-node.ts'
import type { AddPlan, AddResult, AddStep } from '../../src/operations/add-node.ts'
import { addNodePlan } from '../../src/presenters/add-node.ts'
import { textOf } from './discord-rules.ts'
import { ASKED, NOW, PRESSED, reportOf } from './extremes.ts'

const NOT_NEEDED = { en: 'not needed', ja: '不要', 'zh-CN': '不需要' }
const pairing = { state: 'not-needed', evidence: 'protocol 4', tookMs: 3 } as const
const start = { state: 'done', evidence: 'ActiveState=active', tookMs: 73 } as const

describe.each(LOCALES)('a step for which there is nothing to do, in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const words = (text: string, evidence: string) => text.split('\n').find((line) => line.includes(evidence))

  it('is told as not needed when the addition is over, and no other step is', () => {
    const data: AddResult = {
      ...{ id: 'bare', name: 'Bare', host: 'bare.example', registered: true, changed: true, fault: null },
      steps: [
        { name: 'start', ...start },
        { name: 'pairing', ...pairing },
      ],
    }
    const text = textOf(addResultView(reportOf('done', data), PRESSED, reader))
    expect(words(text, 'protocol 4')).toContain(NOT_NEEDED[locale])
    expect(words(text, 'ActiveState')).not.toContain(NOT_NEEDED[locale])
  })

  it('is told as not needed while the addition goes on', () => {
    const plan = { wanted: { id: 'bare' }, name: 'Bare' } as AddPlan
    const step: AddStep = { step: 'pairing', phase: 'ended', part: null, ...pairing }
    expect(words(textOf(addProgressView(plan, [step], PRESSED, reader)), 'protocol 4')).toContain(
      NOT_NEEDED[locale],
    )
  })
})

it('names every command of a plan whole, in a file beside the card and below the question of a shell', () => {
  const script = `test -e ${'x'.repeat(500)} || exit 1\nwhile IFS= read -r line; do :; done`
  const plan = {
    wanted: {
      id: 'bare',
      host: 'bare.example',
      sshPort: 22,
      sshUser: 'oc',
      version: null,
      model: null,
      secret: null,
    },
    ...{ name: 'Bare', tags: [], known: 'known-hosts', acted: [] },
    hostKey: { type: 'ssh-ed25519', fingerprint: 'SHA256:abc' },
    commands: [
      { step: 'ssh', commands: ['uname -m'] },
      { step: 'configuration', commands: [script, 'openclaw config validate --json'] },
    ],
  } as unknown as AddPlan
  const reader = createReader('en', NOW, new Map())
  const card = addPlanView(plan, ASKED, reader)
  const file = Buffer.from(card.attachment?.bytes ?? []).toString('utf8')
  for (const command of ['uname -m', script, 'openclaw config validate --json'])
    expect(file.split('\n')).toEqual(expect.arrayContaining(command.split('\n')))
  const ink = createInk('en', false, () => NOW)
  const shell = questionText(addNodePlan(plan, ink, true), ink)
  for (const line of script.split('\n')) expect(shell).toContain(line)
})
