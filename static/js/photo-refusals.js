// What the shop did not take, told on whatever page of ours is open: how many, why, and what to do. A photo whose tile is on
// the page is told there.

export class Refusals {
  #root
  #queue
  #job

  constructor(strip, queue, job) {
    this.#root = strip.querySelector('[data-photo-refusals]')
    this.#queue = queue
    this.#job = job
    const [again, remove] = this.#root.querySelectorAll('button'), look = () => this.look()
    again.addEventListener('click', () => this.#each(item => queue.retry(item)))
    remove.addEventListener('click', () => this.#each(item => queue.forget(item.key)))
    document.addEventListener('photo', ({ detail }) => detail.state === 'refused' && look())
    document.addEventListener('visibilitychange', () => document.hidden || look())
    look()
  }

  async look() {
    const items = await this.#items(), list = this.#root.querySelector('ul')
    this.#root.querySelector('[data-refused-count]').textContent = items.length
    list.replaceChildren(...[...new Set(items.map(item => item.error))].map(line))
    this.#root.hidden = !items.length
  }

  async #items() {
    return (await this.#queue.waiting()).filter(item => item.error && item.job !== this.#job)
  }

  async #each(act) {
    for (const item of await this.#items()) await act(item)
    await this.look()
  }
}

function line(words) {
  const made = document.createElement('li')
  made.textContent = words
  return made
}
