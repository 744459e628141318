/** A JPEG with an EXIF orientation put in: 6 says that it is to be turned a quarter clockwise. */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif"
  const header = [0x49, 0x49, 42, 0, 8, 0, 0, 0]; // a little-endian TIFF whose directory starts at byte 8
  const directory = [1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]; // one entry, tag 0x0112
  const body = [...exif, ...header, ...directory];
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, body.length + 2, ...body, ...jpeg.subarray(2)]);
}
