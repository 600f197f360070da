// The strip on every page that says how many photos wait in this browser, and for what.

export class Strip {
  #root

  constructor(root) {
    this.#root = root
    this.words = root.dataset
    this.me = root.dataset.me
  }

  // `state` is one of the strip's own, or "" when nothing waits; `why` is what the server said.
  say(state, count = 0, why = '') {
    for (const words of this.#root.querySelectorAll('[data-state]')) words.hidden = words.dataset.state !== state
    for (const number of this.#root.querySelectorAll('[data-count]')) number.textContent = count
    for (const words of this.#root.querySelectorAll('[data-why]')) words.textContent = why
  }
}
