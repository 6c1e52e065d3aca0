// Photos as a case takes them: small, of a kind that it takes, and still saying when and where they were taken.
const WIDEST = 1600;
const SMALL_BYTES = 400_000;
const HEAD_BYTES = 262_144;
const EXIF = 0x45786966;  // "Exif"
const TURN = 0x0112;
export const KINDS = ["image/jpeg", "image/png", "image/webp"];

// A photo as the phone takes it has 5 MB and more; what a case needs has far less.
export async function smaller(file) {
  if (!file.type.startsWith("image/") || (KINDS.includes(file.type) && file.size < SMALL_BYTES)) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return drawn ? await withTaken(drawn, file) : file;
  } catch {
    return file;
  }
}

// What is drawn anew says nothing of when and where: that is taken over from the file, behind the two bytes that begin a JPEG.
async function withTaken(drawn, file) {
  const said = taken(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return said ? new Blob([drawn.slice(0, 2), said, drawn.slice(2)], { type: drawn.type }) : drawn;
}

// The segment of a JPEG that says when, where and how it was taken; null if there is none. Source: Exif 2.32, 4.5.4 and 4.7.2.
function taken(content) {
  try {
    const view = new DataView(content);
    let at = 2;
    while (view.getUint16(0) === 0xffd8 && view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) {
      const end = at + 2 + view.getUint16(at + 2);
      if (view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === EXIF && end <= content.byteLength) return upright(content.slice(at, end));
      at = end;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;  // cut off, or no JPEG: it says nothing
  }
  return null;
}

// What is drawn stands upright already: a turn that is still said would turn it twice.
function upright(segment) {
  const view = new DataView(segment);
  const start = 10;  // behind the marker, the length and "Exif\0\0"
  const little = view.getUint16(start) === 0x4949;
  const first = start + view.getUint32(start + 4, little);
  for (let number = view.getUint16(first, little), at = first + 2; number > 0; number -= 1, at += 12) {
    if (view.getUint16(at, little) === TURN) view.setUint16(at + 8, 1, little);
  }
  return segment;
}
