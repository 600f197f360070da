// Keeps the count in the navigation true, and whatever else of the page came with it. The stream only rings: the page then
// fetches its news through the ordinary door. A tab that nobody sees holds no stream: a browser has six connections for all.
import { isTyped, put } from './pieces.js'

const SILENCE_MS = 40e3, POLL_MS = 60e3

export function attach(root) {
  const nav = root.querySelector('[data-staff-live]')
  if (!nav) return
  let stream, timer, wanted, fetching, again, over

  const later = (ms, run) => { clearTimeout(timer); timer = setTimeout(run, ms) }

  function open() {
    close()
    if (over || document.hidden) return
    stream = new EventSource(nav.dataset.staffLive)
    stream.addEventListener('version', event => { [wanted] = event.data.split(' '); hear() })
    stream.addEventListener('beat', hear)
    stream.addEventListener('gone', check)
    stream.addEventListener('bye', () => later(1e3 + 1e3 * Math.random(), open))
    stream.onerror = () => stream.readyState === EventSource.CLOSED && poll()   // refused, as when there are too many
    later(SILENCE_MS, open)
  }

  function close() {
    stream?.close()
    clearTimeout(timer)
  }

  function hear() {
    later(SILENCE_MS, wake)
    if (wanted !== nav.dataset.version) refresh()
  }

  const wake = () => { open(); refresh() }

  // Without a stream: look once a minute, and ask for a stream each time.
  function poll() {
    close()
    later(POLL_MS * (.8 + .4 * Math.random()), wake)
  }

  // This session was ended somewhere; another may have begun in this browser meanwhile, with a new password.
  async function check() {
    close()
    if (await refresh()) later(1e3, open)
  }

  async function refresh() {
    if (over) return false
    if (fetching) { again = true; return true }
    const version = wanted
    fetching = true
    try {
      const answer = await fetch(nav.dataset.news, { cache: 'no-store' })
      if (answer.redirected || [401, 403, 404].includes(answer.status)) return leave()
      if (!answer.ok) return true
      const isWhole = put(root, new DOMParser().parseFromString(await answer.text(), 'text/html'))
      if (isWhole && version) nav.dataset.version = version   // otherwise the next beat looks again
    } catch {
      // No connection: the stream comes back by itself and tells the version again.
    } finally {
      fetching = false
      if (again) { again = false; refresh() }
    }
    return true
  }

  // Signed out, or not for this person any more. What somebody has typed stays in front of them; any other page gives way
  // to what there is instead.
  function leave() {
    over = true
    close()
    if (!isTyped(root)) location.reload()
    return false
  }

  document.addEventListener('visibilitychange', () => document.hidden ? close() : wake())
  addEventListener('pagehide', close)
  addEventListener('pageshow', event => event.persisted && wake())
  addEventListener('online', wake)
  open()
}
