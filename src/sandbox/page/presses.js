/** Presses of buttons and menus that the bot has not finished, and those that failed. */

/**
 * @param {object} config
 * @param {(method: string, params: unknown[]) => Promise<any>} config.call
 * @param {ReturnType<import('./store.js').createStore>} config.store
 */
export function createPresses({ call, store }) {
  /** @type {Map<string, {messageId: string, customId: string, interactionId: string | null, begunAt: number, error: string | null}>} */
  const presses = new Map()
  let counter = 0

  return { pendingOf, failureOf, owns, press, choose, forget }

  /** Custom ids of one message that wait for the bot. */
  function pendingOf(messageId) {
    return [...presses.values()]
      .filter((one) => one.messageId === messageId && waiting(one))
      .map((one) => one.customId)
  }

  /** `'unanswered'`, the server's reason, or null. */
  function failureOf(messageId) {
    for (const one of [...presses.values()].reverse()) {
      if (one.messageId !== messageId) continue
      if (one.error !== null) return one.error
      if (interactionOf(one)?.state === 'failed') return 'unanswered'
      return null
    }
    return null
  }

  /** True when an interaction is drawn on the message whose button began it. */
  function owns(interactionId) {
    return [...presses.values()].some((one) => one.interactionId === interactionId)
  }

  function press(messageId, customId) {
    return begin(messageId, customId, 'click', [messageId, customId])
  }

  function choose(messageId, customId, values) {
    return begin(messageId, customId, 'select', [messageId, customId, values])
  }

  /** Drops what is known about presses of another viewer. */
  function forget() {
    presses.clear()
  }

  async function begin(messageId, customId, method, params) {
    for (const [key, one] of presses) {
      if (one.messageId === messageId && !waiting(one)) presses.delete(key)
    }
    counter += 1
    const entry = { messageId, customId, interactionId: null, begunAt: 0, error: null }
    presses.set(String(counter), entry)
    store.notify()
    try {
      const interaction = await call(method, [{ ...store.who }, ...params])
      entry.begunAt = performance.now()
      entry.interactionId = interaction.id
    } catch (error) {
      entry.error = error.message
    }
    store.notify()
    void store.refresh()
  }

  function interactionOf(entry) {
    return store.state?.interactions.find((one) => one.id === entry.interactionId) ?? null
  }

  function waiting(entry) {
    if (entry.error !== null) return false
    const listed = interactionOf(entry)
    if (listed !== null) return listed.state === 'waiting'
    // An answered interaction is not listed, and neither is one that is younger than the state.
    return entry.interactionId === null || store.askedAt < entry.begunAt
  }
}
