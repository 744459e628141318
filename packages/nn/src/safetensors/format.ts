import { FormatError, type Shape } from '@hypercorr/tensor';

/**
 * Bytes of one element of each type that the format names. Types of less than a byte are left out: this library neither
 * reads nor writes them.
 */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
} as const;

/** An element type, by its name in a file. @useDeclaredType */
export type StoredDType = keyof typeof elementBytes;

export function isStoredDType(name: unknown): name is StoredDType {
  return typeof name === 'string' && Object.hasOwn(elementBytes, name);
}

/** A tensor as a file describes it. */
export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: Shape;
}

/** A tensor's elements just as they are stored: little-endian, in row-major order. */
export interface RawTensor extends StoredTensor {
  /** In memory of their own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A tensor as the header of a safetensors file describes it. */
export interface Entry extends StoredTensor {
  readonly name: string;
  /** First byte of its elements, counted from the start of the file. */
  readonly begin: number;
  /** One past its last byte. */
  readonly end: number;
}

/** Bytes in front of the header: its length, a little-endian 64-bit integer. */
export const lengthBytes = 8;

/** The longest header that the format's reference implementation reads. */
export const maxHeaderBytes = 100_000_000;

/**
 * The most tensors and texts of a file: many times the number in real models, and few enough to refuse the longest
 * header in a moment.
 */
export const maxKeys = 100_000;

/** The most axes of a tensor: PyTorch's own limit. */
export const maxAxes = 64;

/** The key of the header that holds free text instead of a tensor. */
export const metadataKey = '__metadata__';

/** A name as errors show it: in quotes, on one line, and shortened. */
export function quote(name: string): string {
  return printable(JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name));
}

/** A file's text with characters escaped that would control a terminal or reverse the direction of a line. */
export function printable(text: string): string {
  return text.replace(/[\p{Control}\p{Format}\p{Line_Separator}\p{Paragraph_Separator}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Text that UTF-8 cannot hold: half a surrogate pair. */
export function isIllFormed(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** `[safetensors] weights.safetensors: what is wrong` */
export function formatError(source: string, message: string, options?: ErrorOptions): FormatError {
  return new FormatError('safetensors', `${source}: ${message}`, options);
}
