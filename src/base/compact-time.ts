/** A moment (epoch ms) as part of a name: `20261129T043000Z`. */
export function compactTime(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}
