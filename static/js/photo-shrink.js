// Makes a photo as small as the shop keeps it before it travels. Where it was taken stays on the phone, too.
const SIDE = 2560, QUALITY = .85, PREVIEW_SIDE = 320

// `photo`, shrunk; or as it is, where this browser cannot read it (HEIC) or has no room for it: the server can.
export async function shrunk(photo) {
  try {
    return await smaller(photo)
  } catch {
    return photo
  }
}

async function smaller(photo) {
  const picture = await createImageBitmap(photo).catch(() => null)
  if (!picture) return photo
  const canvas = drawn(picture, SIDE)
  picture.close()
  const made = await new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  canvas.width = canvas.height = 0   // Safari counts what lies in old canvases
  return made && made.size < photo.size ? made : photo
}

// A small canvas that shows `photo`; an empty one where this browser cannot.
export async function preview(photo) {
  const picture = await createImageBitmap(photo).catch(() => null)
  if (!picture) return document.createElement('canvas')
  const canvas = drawn(picture, PREVIEW_SIDE)
  picture.close()
  return canvas
}

function drawn(picture, side) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#fff'   // what is transparent would turn black in a JPEG
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return canvas
}
