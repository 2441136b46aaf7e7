/** One value of a family. A value that is not known has no sample: absent is not zero. */
export interface Sample {
  labels?: Readonly<Record<string, string>>
  value: number
}

/** Values of one name. */
export interface Family {
  /** With its unit at the end, and without the suffix of its type. */
  name: string
  type: 'gauge' | 'counter' | 'info'
  unit?: 'seconds' | 'bytes'
  help: string
  samples: readonly Sample[]
}

/** What Prometheus recognises the text by. */
export const CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

const SUFFIX = { gauge: '', counter: '_total', info: '_info' } as const

/** Families as text. Source: the OpenMetrics specification 1.0, "Text Format". A family without a sample is left out. */
export function exposition(families: readonly Family[]): string {
  const lines: string[] = []
  for (const { name, type, unit, help, samples } of families) {
    if (samples.length === 0) continue
    lines.push(`# TYPE ${name} ${type}`)
    if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}`)
    lines.push(`# HELP ${name} ${escaped(help)}`)
    for (const { labels, value } of samples) lines.push(`${name}${SUFFIX[type]}${labelText(labels)} ${value}`)
  }
  return `${lines.join('\n')}\n# EOF\n`
}

function labelText(labels: Sample['labels']): string {
  if (labels === undefined) return ''
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return `{${pairs.join(',')}}`
}

function escaped(text: string): string {
  return text.replace(/["\\\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))
}
