/** What comes from elsewhere, chunk by chunk. @throws Error when it is more than `most` bytes */
export async function* bounded(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of (body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > most) throw new Error('too large')
    yield chunk
  }
}
