/** The Castagnoli polynomial x³² + x²⁸ + … + 1, lowest power in the highest bit. */
const polynomial = 0x82f63b78;

/** The remainder of each value of a byte. */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? polynomial : 0);
  return rest;
});

/**
 * The CRC-32C checksum of some bytes, computed byte by byte.
 *
 * Source: RFC 3720, section 12.1 and appendix B.4.
 */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ (remainders[(rest ^ byte) & 0xff] ?? 0);
  return (rest ^ 0xffffffff) >>> 0;
}

/**
 * The checksum as TFRecord stores it: rotated by 15 bits, plus a constant. The change is needed because a CRC says little about bytes that
 * contain their own CRC.
 *
 *     masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8   (mod 2³²)
 *
 * Source: TensorFlow, `core/lib/hash/crc32c.h`.
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
