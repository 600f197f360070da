// Opens photos full screen: swipe, arrow keys, buttons, Esc. The frame comes from a template in the page.
export function attach(main) {
  main.addEventListener('click', event => {
    const link = event.target.closest('.photos a')
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    open(link)
  })
  // A lazy picture that was never in sight would print as a blank.
  addEventListener('beforeprint', () => {
    for (const picture of main.querySelectorAll('img[loading]')) picture.loading = 'eager'
  })
}

function open(link) {
  const section = link.closest('section')
  const links = [...section.querySelectorAll('.photos a')]
  const viewer = section.querySelector('template').content.firstElementChild.cloneNode(true)
  const strip = viewer.querySelector('.viewer__strip')
  strip.append(...links.map(figure))

  const turn = by => strip.scrollBy({ left: by * strip.clientWidth })
  viewer.addEventListener('keydown', event => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!by) return
    event.preventDefault()
    turn(by)
  })
  viewer.addEventListener('click', event => {
    const button = event.target.closest('button')
    if (button?.value) turn(button.value * (document.dir === 'rtl' ? -1 : 1))
    else if (button || event.target.matches('figure')) viewer.close()
  })
  viewer.addEventListener('close', () => {
    viewer.remove()
    // The link may be a fresh one by now.
    document.querySelector(`.photos a[href="${CSS.escape(link.getAttribute('href'))}"]`)?.focus()
  })

  document.body.append(viewer)
  viewer.showModal()
  strip.children[links.indexOf(link)].scrollIntoView({ behavior: 'instant', inline: 'center' })
}

function figure(link) {
  const frame = document.createElement('figure')
  const thumb = link.querySelector('img')
  const picture = new Image(thumb.width, thumb.height)
  picture.loading = 'lazy'
  picture.alt = thumb.alt
  picture.src = link.href
  const caption = document.createElement('figcaption')
  caption.textContent = link.textContent.trim()
  frame.append(picture, caption)
  return frame
}
