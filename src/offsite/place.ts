import type { Clock } from '../base/clock.ts'
import type { OffsiteTarget } from './target.ts'

/** A bucket as the settings name it. */
interface Bucket {
  bucket: string
  prefix: string
  region: string
  endpoint: string
  pathStyle: boolean
  accessKeyId: string
  secretAccessKey: string
}

/** A place for copies that costs nothing before it is asked: what speaks with it is loaded then. */
export function offsitePlace(
  { endpoint, accessKeyId, secretAccessKey, ...place }: Bucket,
  clock: Clock,
  silenceMs: number,
): { name: string; open(): Promise<OffsiteTarget> } {
  return {
    name: `s3://${[place.bucket, place.prefix].filter((part) => part !== '').join('/')}`,
    async open() {
      const { openS3Target } = await import('./s3/s3-target.ts')
      const keys = { accessKeyId, secretAccessKey }
      return openS3Target({ ...place, endpoint: new URL(endpoint) }, keys, { clock, silenceMs })
    },
  }
}
