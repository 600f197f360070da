// The photos of whoever is signed in that have still to arrive: made small, then sent one by one, on whatever page of ours
// is open. Without a signal they wait. What happens to one is told to the page as the event "photo".
import { NotNow, Refused, SignedOut, post } from './photo-post.js'
import { shrunk } from './photo-shrink.js'
import { Store, alone, newKey } from './photo-store.js'

const FIRST_PAUSE_MS = 2e3, LONGEST_PAUSE_MS = 60e3

export class Queue {
  #store = new Store()
  #strip
  #pause = 0
  #wake = () => {}
  #isRunning = false
  #isAskedAgain = false
  #making = Promise.resolve()

  constructor(strip) {
    this.#strip = strip
    this.me = strip.me
    const again = () => { this.#pause = 0; this.#wake(); this.run() }
    addEventListener('online', again)
    addEventListener('pageshow', event => event.persisted && again())
    document.addEventListener('visibilitychange', () => document.hidden || again())
    addEventListener('beforeunload', event => this.#store.isFleeting && event.preventDefault())
  }

  // Those that this person has not sent yet, oldest first.
  async waiting() {
    return (await this.#store.all()).filter(item => item.me === this.me)
  }

  async add(files, about) {
    const at = Date.now()
    const made = { ...about, me: this.me }
    const items = files.map((photo, place) => ({ ...made, key: newKey(), at: at + place / 1e3, name: photo.name, photo }))
    await this.#store.put(...items)
    for (const item of items) tell(item, 'waiting')
    this.#prepare()
    this.run()
  }

  async retry(item) {
    await this.#store.put({ ...item, error: '' })
    this.run()
  }

  forget(key) { return this.#store.remove(key) }
  begin() {
    this.#prepare()
    this.run()
  }

  async run() {
    this.#isAskedAgain = true
    if (this.#isRunning) return
    this.#isRunning = true
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false
      while (await alone(() => this.#sendNext())) if (this.#pause) await this.#rest()
    }
    this.#isRunning = false
    this.#strip.say('')
  }

  // Makes them small, one by one, before their turn: then each needs less of a signal, and its tile can show it.
  #prepare() {
    this.#making = this.#making.then(async () => {
      for (const item of await this.waiting()) await this.#made(item)
    })
  }

  async #made(item) {
    if (item.isMade) return item
    const made = { ...item, photo: await shrunk(item.photo), isMade: true }
    if ((await this.waiting()).some(({ key, isMade }) => key === item.key && !isMade)) {
      await this.#store.put(made)
      tell(made, 'made')
    }
    return made
  }

  // True when there is more to do.
  async #sendNext() {
    const [next] = (await this.waiting()).filter(item => !item.error)
    if (!next) return false
    const item = await this.#made(next)
    tell(item, 'sending', { part: 0 })
    try {
      const { tile, count } = await post(item, part => tell(item, 'sending', { part }), this.#strip.words)
      await this.#store.remove(item.key)
      tell(item, 'sent', { tile, count })
      this.#pause = 0
      this.#strip.say('')
    } catch (error) {
      await this.#failed(item, error)
    }
    return true
  }

  async #failed(item, error) {
    if (error instanceof Refused) {
      await this.#store.put({ ...item, error: error.message })
      return tell(item, 'refused', { error: error.message })
    }
    if (!(error instanceof NotNow || error instanceof SignedOut)) throw error
    tell(item, 'waiting')
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2 || FIRST_PAUSE_MS)
    const count = (await this.waiting()).filter(({ error }) => !error).length
    this.#strip.say(error instanceof SignedOut ? 'stranger' : 'offline', count)
  }

  #rest() {
    return new Promise(resolve => { this.#wake = resolve; setTimeout(resolve, this.#pause) })
  }
}

function tell(item, state, more = {}) {
  document.dispatchEvent(new CustomEvent('photo', { detail: { item, state, ...more } }))
}
