/** A family as a scraper reads it. */
export interface ReadFamily {
  type: string
  unit: string | null
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/
const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/
const SUFFIX: Record<string, string> = { gauge: '', counter: '_total', info: '_info' }

/** Reads the text format of OpenMetrics 1.0 as strictly as its specification. @throws Error at what it does not allow */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith('\n# EOF\n')) throw new Error('no end')
  const families = new Map<string, ReadFamily>()
  const seen = new Set<string>()
  let current: { name: string; family: ReadFamily } | null = null
  for (const line of text.split('\n').slice(0, -2)) {
    const [, kind, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line) ?? []
    if (kind === 'TYPE') {
      if (!NAME.test(name) || families.has(name) || !(rest in SUFFIX)) throw new Error(line)
      current = { name, family: { type: rest, unit: null, samples: [] } }
      families.set(name, current.family)
      continue
    }
    if (current === null) throw new Error(`nothing before: ${line}`)
    if (kind !== undefined) {
      if (name !== current.name || current.family.samples.length > 0) throw new Error(line)
      if (kind === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(line)
      if (kind === 'UNIT') current.family.unit = rest
      continue
    }
    const [, sample, labelText = '', value] = SAMPLE.exec(line) ?? []
    if (sample !== `${current.name}${SUFFIX[current.family.type]}`) throw new Error(`no sample: ${line}`)
    if (seen.has(`${sample}{${labelText}}`)) throw new Error(`twice: ${line}`)
    seen.add(`${sample}{${labelText}}`)
    current.family.samples.push({ name: sample, labels: readLabels(labelText), value: Number(value) })
  }
  return families
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let left = text
  while (left !== '') {
    const [whole = '', name = '', value = ''] = LABEL.exec(left) ?? []
    if (whole === '' || name in labels) throw new Error(`labels: ${text}`)
    labels[name] = value.replace(/\\(.)/g, (_, sign) => (sign === 'n' ? '\n' : sign))
    left = left.slice(whole.length)
  }
  return labels
}
