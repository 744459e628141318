import { maskedCrc32c } from './crc32c.ts';

/**
 * Wraps some bytes in a TFRecord. All numbers are little-endian:
 *
 *     uint64 length;  uint32 masked CRC-32C of the length;  byte data[length];  uint32 masked CRC-32C of the data
 *
 * Source: TensorFlow, `core/lib/io/record_writer.h`.
 */
export function recordOf(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
