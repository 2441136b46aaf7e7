/** One header block with a right checksum (POSIX.1-1988 ustar, or GNU), and the content padded to whole blocks. */
export function entry(
  name: string | Buffer,
  {
    type = '0',
    link = '',
    content = '',
    size,
  }: { type?: string; link?: string; content?: string; size?: number } = {},
): Buffer {
  const head = Buffer.alloc(512)
  head.write(typeof name === 'string' ? name : name.toString('latin1'), 0, 100, 'latin1')
  head.write('0000644\0', 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  head.write(`${(size ?? content.length).toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0', 136)
  head.write('        ', 148)
  head.write(type, 156)
  head.write(link, 157, 100)
  head.write('ustar  \0', 257)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512)
  body.write(content, 0, 'latin1')
  return Buffer.concat([head, body])
}

/** An extended header of POSIX pax for the entry behind it. */
export const pax = (records: Record<string, string>) => {
  const line = ([key, value]: [string, string]) => {
    const rest = ` ${key}=${value}\n`
    for (let length = rest.length; ; length += 1)
      if (`${length}${rest}`.length === length) return `${length}${rest}`
  }
  return entry('x', { type: 'x', content: Object.entries(records).map(line).join('') })
}
/** What ends an archive. */
const END = Buffer.alloc(1024)
export const archive = (...parts: Buffer[]) => Buffer.concat([...parts, END])
