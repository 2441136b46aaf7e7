/** Values with their doubt: what is not known is never shown as nothing or as zero. */
import { h } from './dom.js'

/**
 * A reading: its value, its value with the reason for doubt, or that it is unknown and why.
 * @param {{freshness: string, value: unknown, observedAt: number, reason?: object}} reading
 * @param {(value: never) => unknown} render
 * @param {{words: object, clock: object}} app
 * @param {string | null} told the code of a reason that stands beside it already
 */
export function readingView(reading, render, { words, clock }, told = null) {
  if (reading.freshness === 'fresh') return render(reading.value)
  const why = words.reason(reading.reason)
  if (reading.freshness === 'unknown')
    return h(
      'span',
      { class: 'doubt', title: why },
      words.t('word.unknown'),
      reading.reason.code === told ? null : h('small', {}, ` ${why}`),
    )
  const age = words.t('cli.ago', { ms: Math.max(0, clock.now() - reading.observedAt) })
  return h('span', { class: 'stale', title: why }, render(reading.value), h('small', {}, ` ${age}`))
}

/** How long ago, in steps that change rarely: nothing has to be painted anew every second. */
export function ageText(at, { words, clock }) {
  const ms = clock.now() - at
  if (ms < 60_000) return words.t('page.age.now')
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return words.duration(minutes * 60_000)
  const hours = Math.floor(minutes / 60)
  return words.duration(hours < 48 ? hours * 3_600_000 : Math.floor(hours / 24) * 86_400_000)
}

/** An age that is kept true by {@link keepAges}. */
export function ageView(at, app) {
  return h('time', { class: 'age', 'data-at': at, datetime: new Date(at).toISOString() }, ageText(at, app))
}

const EVERY_MS = 10_000

/** Keeps every age on the page true; only texts that change are touched. */
export function keepAges(app) {
  return setInterval(() => {
    for (const element of document.querySelectorAll('time[data-at]')) {
      const text = ageText(Number(element.dataset.at), app)
      if (element.textContent !== text) element.textContent = text
    }
  }, EVERY_MS)
}
