import { createCanvas, GlobalFonts, loadImage } from '@napi-rs/canvas'
import { describe, expect, it } from 'vitest'
import { renderContextChart } from '../../src/chart/context-chart.ts'
import { ChartFont } from '../../src/chart/fonts.ts'
import { chartInput, history } from './chart-input.ts'

/** Pixels of a picture that are about a colour, as a share of all. */
async function shareOf(png: Buffer, [red, green, blue]: readonly [number, number, number]): Promise<number> {
  const image = await loadImage(png)
  const canvas = createCanvas(image.width, image.height)
  const ctx = canvas.getContext('2d')
  ctx.drawImage(image, 0, 0)
  const { data } = ctx.getImageData(0, 0, image.width, image.height)
  let close = 0
  for (let at = 0; at < data.length; at += 4) {
    const apart = [red, green, blue].map((value, part) => Math.abs(value - (data[at + part] ?? 0)))
    if (Math.max(...apart) < 12) close += 1
  }
  return close / (data.length / 4)
}

const USED: readonly [number, number, number] = [0x4c, 0xc2, 0xff]
const RESERVE: readonly [number, number, number] = [89, 43, 47]
const COMPACTION: readonly [number, number, number] = [0x7e, 0xe7, 0x87]

describe('the chart', () => {
  it('is a PNG of 1200 x 600 with its own dark ground, drawn in a thread', async () => {
    const png = await renderContextChart(
      chartInput({
        history: history([
          [-60, 20_000],
          [-20, 90_000],
          [0, 140_000],
        ]),
      }),
    )
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect(png.length).toBeLessThan(300_000)
    const image = await loadImage(png)
    expect([image.width, image.height]).toEqual([1200, 600])
    expect(await shareOf(png, [0x14, 0x16, 0x1b])).toBeGreaterThan(0.2)
    expect(await shareOf(png, USED)).toBeGreaterThan(0.005)
    expect(await shareOf(png, RESERVE)).toBeGreaterThan(0.05)
    expect(await shareOf(png, COMPACTION)).toBeLessThan(0.0002)
  })

  it('draws a session without readings, with one, with a compaction, and with remote text as a title', async () => {
    const title = `${'x'.repeat(400)} \u0000 🎉 \u202e <@&1>`
    const empty = await renderContextChart(chartInput({ title }))
    expect(await shareOf(empty, USED)).toBeLessThan(0.002)
    const single = await renderContextChart(chartInput({ history: history([[0, 50_000]]) }))
    expect(await shareOf(single, USED)).toBeGreaterThan(await shareOf(empty, USED))
    const saw = history([
      [-40, 90_000],
      [-20, 170_000],
      [-10, 40_000, { compactionCount: 1 }],
    ])
    const png = await renderContextChart(chartInput({ history: saw }))
    expect(await shareOf(png, COMPACTION)).toBeGreaterThan(0.0005)
  })

  it('fails instead of hanging when it is asked for something that cannot be drawn', async () => {
    const broken = chartInput({ locale: 'not a language' as 'en' })
    await expect(renderContextChart(broken)).rejects.toThrow(/undefined/)
  })
})

describe('the font of the chart', () => {
  it('brings every character of Japanese and Chinese labels along', () => {
    const font = new ChartFont()
    const label = '使用中 ウィンドウ 予約 予測 圧縮 現在 时间 窗口 预留 压缩 −30 分钟 150K'
    expect(font.drawable(label)).toBe(label)
    const family = font.familyFor([label])
    for (const name of family.split(', ')) expect(GlobalFonts.has(name.replaceAll('"', ''))).toBe(true)
  })

  it('replaces what it cannot draw instead of drawing empty boxes', () => {
    expect(new ChartFont().drawable('a\u0000b🎉🎉 \u202eש')).toBe('a?b? ?')
  })
})
