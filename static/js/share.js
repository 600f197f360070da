// Share: one tap makes (or reuses) the link, copies it and opens the sheet. Without script the form posts
// and the page comes back with the sheet open.

export function attach(root) {
  const sheet = root.getElementById('share-sheet')
  if (!sheet) return
  // On the root, as the form may be swapped; on the way down, before forms.js takes it for one that leaves the page.
  root.addEventListener('submit', event => {
    if (!event.target.matches('form[data-share]')) return
    event.preventDefault()
    share(event.target, sheet)
  }, true)
  sheet.addEventListener('click', event => {
    if (event.target === sheet && isOutside(sheet, event)) sheet.close()
    if (event.target.closest('[data-copy]')) copyAgain(sheet)
    if (event.target.closest('[data-keep]')) keep(event, sheet)
  })
  if (sheet.open) {
    sheet.close()
    open(sheet)
  }
}

async function share(form, sheet) {
  if (form.ariaBusy === 'true') return
  form.ariaBusy = 'true'
  const trouble = form.ownerDocument.getElementById('share-trouble')
  trouble.hidden = true
  const known = form.dataset.url, answer = ask(form)
  let copied = copy(known ? { url: known } : answer)   // begun inside the tap: Safari allows it only there
  try {
    const { url, sheet: inside } = await answer
    if (known && url !== known) copied = copy({ url })   // somebody revoked the one this page knew
    sheet.innerHTML = inside
    form.dataset.url = url
    const isCopied = await copied
    open(sheet)
    if (url) say(sheet, isCopied || copySelected(sheet))   // none: the sheet itself says why
  } catch (error) {
    trouble.textContent = error.isRefusal ? form.dataset.refused : form.dataset.offline
    trouble.hidden = false
    trouble.scrollIntoView({ block: 'nearest' })
  } finally {
    form.ariaBusy = null
  }
}

async function ask(form) {
  const token = form.elements.csrf_token.value
  const response = await fetch(form.action, {
    method: 'POST',
    headers: { Accept: 'application/json', 'X-CSRFToken': token },
  })
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json')
  if (!response.ok || !isJson) throw Object.assign(new Error(response.status), { isRefusal: true })
  return response.json()
}

// `answer` is {url}, or a promise of it. True when the URL is on the clipboard; never throws.
async function copy(answer) {
  const afterwards = async () => navigator.clipboard.writeText(asText(await answer))
  try {
    if (answer.url) await navigator.clipboard.writeText(answer.url)
    else await navigator.clipboard.write([new ClipboardItem({ 'text/plain': answer.then(asBlob) })])
    return true
  } catch {
    return afterwards().then(() => true, () => false)
  }
}

function asText({ url }) {
  if (!url) throw new Error('nothing to copy')
  return url
}

function asBlob(answer) {
  return new Blob([asText(answer)], { type: 'text/plain' })
}

// Where the clipboard is closed to us (plain HTTP in the shop's own network): the old way, on the selected field.
function copySelected(sheet) {
  const field = sheet.querySelector('#share-url')
  field?.focus()
  field?.select()
  try { return document.execCommand('copy') } catch { return false }
}

function open(sheet) {
  if (!sheet.open) sheet.showModal()
  const button = sheet.querySelector('[data-copy]')
  if (button) button.hidden = false
  sheet.querySelector('h2').focus()
}

function say(sheet, isCopied) {
  const heading = sheet.querySelector('h2'), hint = sheet.querySelector('[data-select]')
  sheet.toggleAttribute('data-is-copied', isCopied)
  heading.querySelector('[data-words]').textContent = isCopied ? heading.dataset.copied : heading.dataset.share
  hint.textContent = isCopied ? '' : hint.dataset.select
  if (isCopied) heading.focus()                     // otherwise the field keeps the focus: its text is selected
}

async function copyAgain(sheet) {
  const button = sheet.querySelector('[data-copy]')
  const isCopied = await copy({ url: sheet.querySelector('#share-url').value }) || copySelected(sheet)
  say(sheet, isCopied)
  if (isCopied) button.textContent = button.dataset.copied
}

function keep(event, sheet) {
  const revoke = sheet.querySelector('[data-revoke]')
  event.preventDefault()
  revoke.open = false
  revoke.querySelector('summary').focus()
}

function isOutside(sheet, { clientX, clientY }) {
  const { left, right, top, bottom } = sheet.getBoundingClientRect()
  return clientX < left || clientX > right || clientY < top || clientY > bottom
}
