// How long the queue rests after a failure, and whose turn it is then: a photo that fails again and again lets the others
// go first.
const FIRST_PAUSE_MS = 2e3, LONGEST_PAUSE_MS = 60e3
const TRIES = 3   // before the others go first, and before anybody is told of trouble that may pass

export class Patience {
  #pause = 0
  #wake = () => {}
  #failures = new Map()

  // Begins anew, as when there is a signal again.
  end() {
    this.#pause = 0
    this.#wake()
  }

  succeeded() { this.#pause = 0 }

  // True when it has failed too often to keep it from whoever waits.
  failed({ key }) {
    this.#failures.set(key, this.#count(key) + 1)
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2 || FIRST_PAUSE_MS)
    return this.#failures.get(key) >= TRIES
  }

  next(items) {
    const turns = items.map(item => Math.floor(this.#count(item.key) / TRIES))
    return items[turns.indexOf(Math.min(...turns))]
  }

  async rest() {
    if (this.#pause) await new Promise(resolve => { this.#wake = resolve; setTimeout(resolve, this.#pause) })
  }

  #count(key) { return this.#failures.get(key) ?? 0 }
}
