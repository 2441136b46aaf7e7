import { describe, expect, it } from 'vitest'
import { fresh } from '../../src/base/reading.ts'
import { portRemarks } from '../../src/monitor/rules/service.ts'
import { isUnseenInFigures } from '../../src/operations/node-row.ts'
import { healthySnapshot } from '../support/snapshots.ts'

describe('a gateway on another port than the registry has', () => {
  const at = (port: number, source: 'rpc' | 'probe' | 'ssh' | 'registry') => {
    const snapshot = healthySnapshot()
    return { ...snapshot, install: { ...snapshot.install, gatewayPort: fresh(port, source, 1) } }
  }

  it('is a notice with both ports, wherever the port was read', () => {
    for (const source of ['rpc', 'probe', 'ssh'] as const)
      expect(portRemarks(18_999, at(18_789, source))).toEqual([
        {
          level: 'notice',
          holdLevel: 'notice',
          cause: 'port-moved',
          params: { found: 18_789, registered: 18_999 },
        },
      ])
  })

  it('is none when both are the same, or nobody but the registry said so', () => {
    expect(portRemarks(18_789, at(18_789, 'rpc'))).toEqual([])
    expect(portRemarks(18_999, at(18_789, 'registry'))).toEqual([])
  })

  it('shows in a list, unlike other notices', () => {
    const [remark] = portRemarks(18_999, at(18_789, 'rpc'))
    expect(isUnseenInFigures({ code: 'port-moved', severity: 'notice', params: remark?.params ?? {} })).toBe(
      true,
    )
    expect(isUnseenInFigures({ code: 'load-high', severity: 'notice', params: {} })).toBe(false)
  })
})
