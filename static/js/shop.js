// The phone beside a form about the shop follows what is typed; the time zone starts with that of the browser.
const PAUSE_MS = 300, MOST = 400

function follow(form, frame) {
  let timer, coming
  const saved = frame.getAttribute('src')
  const address = () => {
    const typed = new FormData(form), wanted = new URL(saved, location)
    for (const name of form.dataset.previews.split(' ')) wanted.searchParams.set(name, typed.get(name).slice(0, MOST))
    return wanted.href
  }
  // The next picture is loaded behind the one that is seen, so that nothing flickers.
  const load = () => {
    const url = address()
    if ((coming ?? frame).src === url) return
    coming?.remove()
    coming = frame.cloneNode()
    coming.src = url
    coming.className = 'is-coming'
    coming.addEventListener('load', event => {
      frame.remove()
      frame = event.target
      frame.className = ''
      coming = undefined
    }, { once: true })
    frame.after(coming)
  }
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(load, PAUSE_MS)
  }
  for (const kind of ['input', 'click']) form.addEventListener(kind, soon)
}

const form = document.querySelector('form[data-previews]'), frame = document.querySelector('[data-shop-preview]')
if (form && frame) follow(form, frame)

const zones = document.querySelector('select[data-browser-zone]')
const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
if (zones && [...zones.options].some(option => option.value === timeZone)) zones.value = timeZone
