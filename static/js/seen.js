// Tells the shop that somebody looked: once a load, after two seconds in sight. Chat previews and prerendering never get here.
const IN_SIGHT_MS = 2000

export function attach(main) {
  if (!main.dataset.seen) return
  let timer = 0

  function look() {
    clearTimeout(timer)
    if (!document.hidden) timer = setTimeout(tell, IN_SIGHT_MS)
  }

  function tell() {
    document.removeEventListener('visibilitychange', look)
    if (main.dataset.seen) fetch(main.dataset.seen, { method: 'POST', keepalive: true }).catch(() => {})
  }

  document.addEventListener('visibilitychange', look)
  look()
}
