// The staff's service worker. Keeps today's list readable without a connection, and says so on it. Nothing else of the
// shop stays on the device; signing out, and being signed out, takes the list away too. KNOWN comes from the server.
const { version, list, lists, offline, sign_in, sign_outs, files } = self.KNOWN
const FILES = `files ${version}`, DAY = 'day', KEEPS_MS = 16 * 36e5, PATIENCE_MS = 12e3

self.addEventListener('install', event => event.waitUntil(prepare()))
self.addEventListener('activate', event => event.waitUntil(begin()))
self.addEventListener('fetch', event => {
  const { request } = event, url = new URL(request.url)
  if (url.origin !== location.origin) return
  if (request.mode === 'navigate') event.respondWith(page(event, url))
  else if (url.pathname.startsWith('/static/') && request.method === 'GET') event.respondWith(file(request))
})

async function prepare() {
  const cache = await caches.open(FILES)
  await cache.addAll([...files, offline])
  await self.skipWaiting()
}

async function begin() {
  for (const name of await caches.keys()) if (name !== FILES && name !== DAY) await caches.delete(name)
  await self.clients.claim()
  const answer = await fetch(list).catch(() => null)   // the page that installed us came before us
  if (answer) await keep(answer, new URL(answer.url))
}

async function file(request) {
  return await (await caches.open(FILES)).match(request) ?? fetch(request)
}

async function page(event, url) {
  const { request } = event
  const isList = request.method === 'GET' && lists.includes(url.pathname) && !url.search.includes('tab=')
  if (sign_outs.includes(url.pathname) || url.pathname.startsWith(sign_in)) await caches.delete(DAY)
  try {
    const answer = await (isList ? patiently(request) : fetch(request))
    if (isList) event.waitUntil(keep(answer.clone(), url))
    return answer
  } catch {
    const why = request.method !== 'GET' ? 'press' : isList ? 'look' : 'elsewhere'
    return await kept(why) ?? (await caches.open(FILES)).match(offline)
  }
}

// With a list in the pocket nobody waits for one bar of signal for ever.
async function patiently(request) {
  if (!await kept('look')) return fetch(request)
  let timer
  const late = new Promise((_, give) => { timer = setTimeout(() => give(new Error('late')), PATIENCE_MS) })
  return Promise.race([fetch(request), late]).finally(() => clearTimeout(timer))
}

async function keep(answer, { pathname, search }) {
  const isOurs = answer.ok && !answer.redirected && answer.type === 'basic' && lists.includes(pathname) && !search
  if (!isOurs) return
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Kept-At': Date.now() }
  for (const name of ['Content-Security-Policy', 'Referrer-Policy']) headers[name] = answer.headers.get(name) ?? ''
  const cache = await caches.open(DAY)
  await cache.put(list, new Response(await answer.text(), { headers }))
}

// The list as it was, marked: its own style then shows the words, and hides what cannot be pressed.
async function kept(why) {
  const answer = await (await caches.open(DAY)).match(list)
  if (!answer || Date.now() - answer.headers.get('Kept-At') > KEEPS_MS) return null
  const text = (await answer.text()).replace('<body ', `<body data-offline="${why}" `)
  return new Response(text, { headers: answer.headers })
}
