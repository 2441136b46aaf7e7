import { readFileSync } from 'node:fs'

const ROOT = new URL('../fixtures/openclaw/', import.meta.url)

/** The two versions of which real gateways were recorded. */
export const VERSIONS = ['2026.2.17', '2026.9.6'] as const
export type RecordedVersion = (typeof VERSIONS)[number]

/** The text of a recorded output. */
export function recordedText(version: RecordedVersion, name: string): string {
  return readFileSync(new URL(`${version}/${name}`, ROOT), 'utf8')
}

export function recordedJson<T = unknown>(version: RecordedVersion, name: string): T {
  return JSON.parse(recordedText(version, name)) as T
}

/** What a gateway answered to a method. */
export function recordedPayload(version: RecordedVersion, method: string): unknown {
  return recordedJson<{ payload: unknown }>(version, `rpc-${method}.json`).payload
}

export interface RecordedFrame {
  dir: 'send' | 'recv' | 'close'
  frame: Record<string, unknown>
}

/** Every frame of one recorded connection. */
export function recordedFrames(version: RecordedVersion, name: string): RecordedFrame[] {
  const lines = recordedText(version, name).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as RecordedFrame)
}

/** The hello of a recorded, accepted handshake. */
export function recordedHello(version: RecordedVersion): Record<string, unknown> {
  const file = version === '2026.9.6' ? 'ws-frames-tunnel-backend.jsonl' : 'ws-frames.jsonl'
  const hello = recordedFrames(version, file).find(
    ({ dir, frame }) => dir === 'recv' && frame.id === '1' && frame.ok === true,
  )
  return hello?.frame.payload as Record<string, unknown>
}
