// The photos of whoever is signed in that have still to arrive: made small, then sent one by one, on whatever page of ours
// is open. Without a signal they wait. What happens to one is told to the page as the event "photo".
import { Patience } from './photo-patience.js'
import { NotNow, Refused, SignedOut, post } from './photo-post.js'
import { shrunk } from './photo-shrink.js'
import { Store, alone, newKey } from './photo-store.js'

export class Queue {
  #store = new Store()
  #strip
  #patience = new Patience()
  #isRunning = false
  #isAskedAgain = false
  #making = Promise.resolve()

  constructor(strip) {
    this.#strip = strip
    this.me = strip.me
    const again = () => { this.#patience.end(); this.run() }
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
    try {
      while (this.#isAskedAgain) {
        this.#isAskedAgain = false
        while (await alone(() => this.#sendNext())) await this.#patience.rest()
      }
      this.#strip.say('')
    } finally {
      this.#isRunning = false
    }
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
    const next = this.#patience.next((await this.waiting()).filter(item => !item.error))
    if (!next) return false
    let item = next
    try {
      item = await this.#made(next)
      tell(item, 'sending', { part: 0 })
      const { tile, count } = await post(item, part => tell(item, 'sending', { part }), this.#strip.words)
      await this.#store.remove(item.key)
      tell(item, 'sent', { tile, count })
      this.#patience.succeeded()
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
    tell(item, 'waiting')
    const isStuck = this.#patience.failed(item), count = (await this.waiting()).filter(({ error }) => !error).length
    if (error instanceof SignedOut) return this.#strip.say('stranger', count)
    const why = isStuck && error instanceof NotNow ? error.message : ''   // what else may go wrong is the line's doing
    this.#strip.say(why ? 'trouble' : 'offline', count, why)
  }
}

function tell(item, state, more = {}) {
  document.dispatchEvent(new CustomEvent('photo', { detail: { item, state, ...more } }))
}
