import type { AuditCheck } from '../operations/audit.ts'
import type { Report } from '../operations/operation.ts'
import type { AuditList, AuditRow } from '../operations/read-audit.ts'
import { isTextKey } from '../text/translate.ts'
import { askedAside, askedSentence, askedText, operationName } from './asked-words.ts'
import type { Ink, Tone } from './ink.ts'
import { dotted } from './readings.ts'
import { aside, fact, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

const NAME = 40
const REASON = 200
const TONES: Partial<Record<AuditRow['result'], Tone>> = {
  failed: 'bad',
  unknown: 'warning',
  partial: 'warning',
}

/** Who did what, when, and how it ended: the newest first. */
export function auditList({ rows, next }: AuditList, ink: Ink): Told {
  return {
    mood: 'neutral',
    title: ink.t('audit.title'),
    lead: lines(rows.length === 0 && text(ink.t(next === null ? 'audit.none' : 'audit.none-yet'))),
    parts: rows.map((row) => rowLines(row, ink)),
  }
}

function rowLines(row: AuditRow, ink: Ink): Line[] {
  const { result, errorCode, durationMs, actorName, face, times } = row
  const tone = TONES[result]
  const ended = ink.t(`audit.result.${result}`)
  return lines(
    text(
      dotted([
        operationName(row.operation, ink, NAME),
        row.nodeId !== null && ink.code(row.nodeId, NAME),
        tone === undefined ? ended : ink.paint(tone, ended),
        errorCode !== null && ink.code(errorCode, NAME),
        times !== undefined && ink.t('audit.times', { count: times }),
      ]),
    ),
    aside(
      dotted([
        ink.remote(actorName, NAME),
        faceName(face, ink),
        row.address !== undefined && ink.code(row.address, NAME),
        ink.time(Date.parse(row.at), 'f'),
        durationMs > 0 && ink.duration(durationMs),
        ink.code(row.operationId, NAME),
      ]),
    ),
    ...auditDetails(row, ink),
  )
}

/** What a line says beside who, when and how it ended: what was asked for, and what stood for a second person. */
export function auditDetails(row: AuditRow, ink: Ink): Line[] {
  const { operation, nodeId, input, about, approval, reason } = row
  const asked = { operation, nodeId, input }
  const sentence = askedSentence(asked, ink)
  const emergency = operation === 'override-approval' ? input.reason : approval?.emergency
  const isEmergency = typeof emergency === 'string'
  return lines(
    about && text(askedText(about, ink)),
    sentence !== null && text(sentence),
    isEmergency && text(ink.t('audit.emergency', {}, { reason: ink.remote(emergency, REASON) }), 'alarm'),
    approval && !isEmergency && aside(approvedText(approval, ink)),
    ...askedAside(asked, ink, isEmergency || reason !== null ? ['reason'] : []),
    reason !== null && reason !== emergency && aside(reasonLine(reason, ink)),
  )
}

function reasonLine(reason: string, ink: Ink): string {
  return ink.t('asked.field', {}, { label: ink.t('label.reason'), value: ink.remote(reason, REASON) })
}

function approvedText({ request, by, name = by }: NonNullable<AuditRow['approval']>, ink: Ink): string {
  return ink.t('audit.approved', {}, { who: ink.remote(name || by, NAME), request: ink.code(request, NAME) })
}

function faceName(face: string, ink: Ink): string {
  const key = `audit.face.${face}`
  return isTextKey(key) ? ink.coded(key as never) : ink.code(face, NAME)
}

/** Whether the chain holds, what does not fit, and how its copy stands. */
export function auditCheck({ data, outcome }: Report<AuditCheck>, ink: Ink): Told {
  const { faults, faultCount, head, copy } = data
  const more = faultCount - faults.length
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(faultCount > 0 ? 'audit.broken' : 'audit.holds'),
    lead: lines(
      fact(ink.t('audit.lines'), ink.number(data.lines)),
      head && fact(ink.t('audit.head'), ink.code(`${head.seq}:${head.hash}`)),
    ),
    parts: [
      lines(
        ...faults.map(({ kind, from, to }) =>
          text(
            dotted([
              ink.t(`audit.fault.${kind}`),
              from === to ? ink.t('audit.line', { seq: from }) : ink.t('audit.line-range', { from, to }),
            ]),
            'alarm',
          ),
        ),
        more > 0 && text(ink.t('word.more', { count: more })),
      ),
      copyLines(copy, ink),
      lines(
        faultCount > 0 && { kind: 'next', text: ink.t('audit.broken.next') },
        copy === null && { kind: 'next', text: ink.t('audit.no-copy.next') },
      ),
    ].filter((part) => part.length > 0),
  }
}

function copyLines(copy: AuditCheck['copy'], ink: Ink): Line[] {
  if (copy === null) return [text(ink.t('audit.no-copy'))]
  const { kind, upTo, compared, problem } = copy
  return lines(
    text(ink.t(`audit.copy.${kind}`)),
    upTo !== null && fact(ink.t('audit.copied-to'), ink.number(upTo)),
    compared && fact(ink.t('audit.compared'), ink.number(compared.lines)),
    compared !== null &&
      compared.unreadable > 0 &&
      text(ink.t('audit.copy-unreadable', { count: compared.unreadable }), 'warning'),
    problem !== null && text(ink.t('audit.copy-problem', { code: problem }), 'warning'),
  )
}
