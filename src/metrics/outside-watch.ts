import type { SweepReport } from '../monitor/monitor.ts'
import type { Context } from '../operations/context.ts'
import { createHeartbeat } from '../service/heartbeat.ts'
import type { WatchConfig } from '../settings/watch-config.ts'
import { createMetrics } from './metrics.ts'
import { createMetricsServer } from './server.ts'

/** What others watch ocm by: its metrics, and a sign of life. */
export interface OutsideWatch {
  /** Takes in a pass over the nodes that came to its end. */
  passed(report: SweepReport): void
  /** The listener; null where nobody asked for one. */
  server: { start(): Promise<string> } | null
  stop(): Promise<void>
}

/**
 * From here on everything that is written to the audit of `context` is counted.
 * @param options.connected whether Discord is connected now
 * @param options.telling whether what is found can be told there
 */
export function openOutsideWatch(options: {
  config: WatchConfig
  context: Context
  version: string
  connected(): boolean
  telling(): boolean
}): OutsideWatch {
  const { config, context, connected, telling } = options
  const metrics = createMetrics(options)
  context.audit = metrics.counting(context.audit)
  const heartbeat = config.heartbeatUrl === null ? null : createHeartbeat(config.heartbeatUrl, context)
  const server =
    config.metrics && createMetricsServer(config.metrics, { text: () => metrics.text(), log: context.log })
  return {
    passed(report) {
      metrics.swept(report)
      // A pass that nobody could be told of is no sign that all is well.
      if (connected() && telling()) heartbeat?.beat()
    },
    server,
    async stop() {
      await server?.stop()
      await heartbeat?.stop()
      metrics.close()
    },
  }
}
