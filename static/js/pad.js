// A signature drawn with a finger: lines in a 320 x 110 box. A typed name alone is as good.
export function attach(sheet) {
  const pad = sheet.querySelector('[data-pad][hidden]')
  if (!pad) return
  const picture = pad.querySelector('svg'), line = pad.querySelector('path'), input = pad.querySelector('input')
  let path = ''

  const put = text => { input.value = path = text; line.setAttribute('d', text) }
  const add = (letter, { clientX, clientY }) => {
    const box = picture.getBoundingClientRect()
    const x = (clientX - box.left) * 320 / box.width, y = (clientY - box.top) * 110 / box.height
    if (path.length < 30000) put(`${path}${letter}${inside(x, 320)} ${inside(y, 110)}`)
  }

  picture.addEventListener('pointerdown', event => {
    event.preventDefault()
    picture.setPointerCapture(event.pointerId)
    add('M', event)
  })
  picture.addEventListener('pointermove', event => {
    if (picture.hasPointerCapture(event.pointerId)) add('L', event)
  })
  pad.querySelector('[data-clear]').addEventListener('click', () => put(''))
  pad.hidden = false
}

const inside = (value, most) => +Math.min(most, Math.max(0, value)).toFixed(1)
