// The staff's side as an app: has the worker keep today's list, offers to put the app on the home screen, and looks again
// by itself when a page that was kept is looked at and the connection is back.
export function attach(root) {
  const { worker } = root.body.dataset
  if (worker && navigator.serviceWorker) navigator.serviceWorker.register(worker, { scope: '/staff/' }).catch(() => {})
  if (root.body.dataset.offline) addEventListener('online', () => location.replace('/staff/'))
  const offer = root.querySelector('[data-install]')
  if (offer) install(offer)
}

function install(offer) {
  addEventListener('beforeinstallprompt', event => {
    event.preventDefault()
    offer.hidden = false
    offer.onclick = () => { event.prompt(); offer.hidden = true }
  })
}
