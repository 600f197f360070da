// Sends one photo and tells how it went: {tile, count} when it arrived, or why it did not.
const STALL_MS = 30e3, ANSWER_MS = 120e3

export class Refused extends Error {}     // sending it again would end the same
export class SignedOut extends Error {}   // somebody has to sign in first
export class NotNow extends Error {}      // no signal, or trouble on the other side, in its words: try again

// `words` are the page's for what the server says with a number only.
export async function post(item, progress, words) {
  let answer = await send(item, progress, token())
  if (answer.status === 400 || answer.status === 401) {
    await renewToken(words.page, item.me)   // the page is older than the session
    answer = await send(item, progress, token())
  }
  const said = parsed(answer.responseText)
  if (answer.status === 201 && said?.tile) return said
  if (answer.status === 422 && said?.error) throw new Refused(said.error)
  if (answer.status === 413) throw new Refused(words.large)
  if (answer.status === 403 || answer.status === 404) throw new Refused(words.gone)
  throw new NotNow(answer.status === 503 && said?.error || '')
}

function send(item, progress, csrf) {
  const form = new FormData(), request = new XMLHttpRequest()   // fetch tells nothing of how far an upload got
  const said = { me: item.me, key: item.key, kind: item.kind, is_shown: item.isShown ? 'y' : '' }
  for (const [name, value] of Object.entries(said)) form.append(name, value)
  form.append('photos', item.photo, item.name)
  return new Promise((resolve, reject) => {
    let watch
    const give = () => { clearTimeout(watch); reject(new NotNow()) }
    const within = ms => { clearTimeout(watch); watch = setTimeout(() => request.abort(), ms) }
    request.upload.onprogress = event => { within(STALL_MS); progress(event.loaded / event.total) }
    request.upload.onload = () => within(ANSWER_MS)
    request.onerror = request.onabort = give
    request.onload = () => { clearTimeout(watch); resolve(request) }
    request.open('POST', item.url)
    request.setRequestHeader('Accept', 'application/json')
    request.setRequestHeader('X-CSRFToken', csrf)
    within(STALL_MS)
    request.send(form)
  })
}

const meta = () => document.querySelector('meta[name="csrf-token"]')
const token = () => meta().content

// Only `me` may go on: on a phone that two people share, somebody else may have signed in from another tab.
async function renewToken(page, me) {
  const answer = await fetch(page, { cache: 'no-store' })
  if (!answer.ok) throw new NotNow()
  if (answer.redirected) throw new SignedOut()
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (fresh.querySelector('[data-photo-queue]')?.dataset.me !== me) throw new SignedOut()
  meta().content = fresh.querySelector('meta[name="csrf-token"]')?.content ?? token()
}

function parsed(text) {
  try { return JSON.parse(text) } catch { return null }
}
