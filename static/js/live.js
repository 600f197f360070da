// Keeps the page true. The stream only rings: the page then fetches itself again, as it does after any absence or doubt.
import { Page } from './page.js'

const FIRST_MS = 8e3, SILENCE_MS = 40e3, ANSWER_MS = 10e3, HIDDEN_MS = 5e3
const POLL_MS = navigator.connection?.saveData ? 60e3 : 20e3

export function attach(main) {
  if (!main.dataset.live) return
  const timers = {}, page = new Page(main)
  let stream, fetching, heard, stale, again, gone, failures = 0, drops = 0

  const stop = name => { timers[name] = clearTimeout(timers[name]) }
  const later = (name, ms, run) => { stop(name); timers[name] = setTimeout(run, ms) }
  const good = () => page.show(heard || page.state === 'live' && !timers.poll ? 'live' : 'poll')

  function open() {
    close()
    if (gone || document.hidden) return
    stream = new EventSource(main.dataset.live)
    stream.addEventListener('version', ({ data }) => {
      const [version, spread_ms = 0] = data.split(' ')   // told to a whole crowd: not all look at once
      if (version !== main.dataset.version) spread_ms ? later('turn', spread_ms * Math.random(), refresh) : refresh()
      hear()
    })
    stream.addEventListener('beat', hear)
    stream.addEventListener('gone', leave)
    stream.onerror = stumble
    later('watch', FIRST_MS, silence)
  }

  function close() {
    stream?.close()
    heard = false
    stop('watch')
  }

  function hear() {
    heard = true
    failures = drops = 0
    stop('poll')
    later('watch', SILENCE_MS, silence)
    if (!stale) good()
    else if (!fetching) refresh()
  }

  // Left to itself the browser would try again too late after a restart.
  function stumble() {
    if (stream.readyState === EventSource.CLOSED) return poll()   // an HTTP error
    page.trouble()
    close()
    later('watch', (drops++ < 30 ? 1e3 : 5e3) * (.6 + Math.random() * .8), open)
  }

  // A dead connection; or, when not even the first event came three times, a proxy that holds the stream back.
  function silence() {
    if (!heard && ++failures > 2) return poll()
    page.trouble()
    open()
  }

  function poll() {
    close()
    refresh()
    later('watch', Math.min(60e3, 2e3 * 2 ** failures++) * (.5 + Math.random()), open)
    const next = () => later('poll', POLL_MS, () => { next(); if (!document.hidden) refresh() })
    if (!timers.poll) next()
  }

  async function refresh() {
    if (gone) return
    stale = true
    if (fetching) { again = true; return }
    again = false
    fetching = new AbortController()
    later('answer', ANSWER_MS, () => fetching.abort())
    try {
      const answer = await fetch(location.href, { cache: 'no-store', signal: fetching.signal })
      if (answer.status === 404 || answer.status === 410) return leave()
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
      if (gone) return
      if (!answer.ok || !fresh.getElementById('main')?.dataset.version) throw new Error(answer.status)
      page.swap(fresh)
      plan()
      stale = again
      if (!heard && page.state === 'wait') open()   // the server is back before the next try was due
      good()
    } catch {
      if (!gone) page.trouble()
    } finally {
      stop('answer')
      fetching = null
      if (again) refresh()
    }
  }

  // Words that change by themselves, as "today" does at midnight. A timer holds 24 days at most.
  function plan() {
    const wait_s = Math.min(main.dataset.changesIn, 1e6)
    wait_s ? later('plan', 1e3 * (wait_s + 1 + Math.random()), refresh) : stop('plan')
  }

  function leave() {
    gone = true
    close()
    Object.keys(timers).forEach(stop)
    fetching?.abort()
    page.wipe()
  }

  const wake = () => { stop('hide'); refresh(); open() }

  main.addEventListener('stale', refresh)
  document.addEventListener('visibilitychange', () => document.hidden ? later('hide', HIDDEN_MS, close) : wake())
  addEventListener('pagehide', close)
  addEventListener('pageshow', event => event.persisted && wake())
  addEventListener('online', wake)
  addEventListener('offline', () => { if (!gone) { close(); stop('poll'); page.show('off') } })
  plan()
  open()
}
