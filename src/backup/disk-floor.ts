import { OperatorError } from '../base/errors.ts'

/** That a disk has less free than has to stay free; both in bytes, told in MiB. */
export function belowFloor(free: number, floor: number, node?: string): OperatorError {
  const inMiB = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`
  const about = node === undefined ? {} : { node }
  return new OperatorError('backup-disk-floor', { ...about, free: inMiB(free), floor: inMiB(floor) })
}
