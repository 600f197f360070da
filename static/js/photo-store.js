// Photos that are not sent yet, kept by the browser itself: a closed tab, a flat battery or a reload loses none.
const NAME = 'porchlight-photos', TABLE = 'photos'

export class Store {
  #opening
  #here = new Map()   // where the browser keeps nothing, as in some private windows: then the page itself has to

  get isFleeting() { return this.#here.size > 0 }

  // Oldest first.
  async all() {
    const kept = await this.#ask('readonly', table => table.getAll()).catch(() => [])
    return [...kept, ...this.#here.values()].sort((one, other) => one.at - other.at)
  }

  async put(...items) {
    try {
      await this.#ask('readwrite', table => items.map(item => table.put(item)).at(-1))
    } catch {
      for (const item of items) this.#here.set(item.key, item)
    }
  }

  async remove(key) {
    this.#here.delete(key)
    await this.#ask('readwrite', table => table.delete(key)).catch(() => {})
  }

  // Resolves when what was asked is on disk, not merely accepted.
  async #ask(mode, ask) {
    this.#opening ??= open()
    const database = await this.#opening.catch(error => { this.#opening = undefined; throw error })
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode, { durability: 'strict' })
      const request = ask(transaction.objectStore(TABLE))
      transaction.oncomplete = () => resolve(request?.result)
      transaction.onabort = transaction.onerror = () => reject(transaction.error)
    })
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: 'key' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = request.onblocked = () => reject(request.error)
  })
}

// One tab at a time; the key keeps a photo single even where a browser cannot promise that (plain HTTP).
export const alone = work => navigator.locks ? navigator.locks.request('porchlight-photos', work) : work()

export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
