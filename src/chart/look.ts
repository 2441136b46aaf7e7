/** Pixels of the picture. */
export const WIDTH = 1200
export const HEIGHT = 600
/** A phone shows the picture at a third of its width; below this many pixels a text cannot be read there. */
export const TEXT = 24
export const TITLE = 32
/** Room for the percentages. */
export const RIGHT_MARGIN = 104

/** Its own dark ground with a border, so that it looks the same in a light and a dark chat. */
export const INK = {
  ground: '#14161b',
  border: '#4a5060',
  grid: '#2b303a',
  text: '#f2f4f8',
  dim: '#b9c0cf',
  used: '#4cc2ff',
  usedArea: 'rgba(76, 194, 255, 0.22)',
  window: '#ffffff',
  reserve: 'rgba(255, 92, 92, 0.30)',
  reserveEdge: '#ff6b6b',
  forecast: '#ffd166',
  forecastArea: 'rgba(255, 209, 102, 0.24)',
  compaction: '#7ee787',
  notice: '#8fb8de',
  warning: '#ffb454',
  critical: '#ff6b6b',
} as const
