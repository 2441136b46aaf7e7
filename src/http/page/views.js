/** The views of the page, each loaded when it is needed: the first screen waits for none but its own. */

const VIEWS = {
  fleet: async () => (await import('./fleet.js')).createFleet,
  node: async () => (await import('./node.js')).createNode,
  checks: async () => (await import('./checks.js')).createChecks,
  audit: async () => (await import('./audit.js')).createAudit,
  rules: async () => (await import('./rules.js')).createRules,
  alerts: async () => (await import('./alerts.js')).createAlerts,
  approvals: async () => (await import('./approvals.js')).createApprovals,
}

/** How long a browser that is busy may put off what nobody waits for. */
const LATEST_MS = 3_000

/** Resolves with what makes the view of this name. @throws TypeError where the server does not send it */
export const viewNamed = (name) => VIEWS[name]()

/** Loads the others once nothing is more urgent, so that they are there when the server is not. */
export function loadOtherViews() {
  const load = () => {
    for (const view of Object.values(VIEWS)) view().catch(() => {})
  }
  if ('requestIdleCallback' in globalThis) requestIdleCallback(load, { timeout: LATEST_MS })
  else setTimeout(load, LATEST_MS)
}
