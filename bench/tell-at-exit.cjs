// `node --require ./tell-at-exit.cjs PROGRAM`: writes what the process took into the file of OCM_BENCH_TOLD when it ends. Stops of
// the event loop count from when something lies in the folder of OCM_BENCH_BEGINS: the start of a program is none.
'use strict'
const { readdirSync, writeFileSync } = require('node:fs')
const { monitorEventLoopDelay } = require('node:perf_hooks')

const RESOLUTION_MS = 1
const LOOK_MS = 5
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delay.enable()
const look = setInterval(() => {
  if (!hasBegun()) return
  delay.reset()
  clearInterval(look)
}, LOOK_MS)
look.unref()
process.once('exit', () => {
  delay.disable()
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const told = {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    rssMb: maxRSS / 1024,
    longestStopMs: delay.max / 1e6 - RESOLUTION_MS,
    stopP99Ms: delay.percentile(99) / 1e6 - RESOLUTION_MS,
  }
  writeFileSync(process.env.OCM_BENCH_TOLD, JSON.stringify(told))
})

function hasBegun() {
  try {
    return readdirSync(process.env.OCM_BENCH_BEGINS).length > 0
  } catch {
    return false
  }
}
