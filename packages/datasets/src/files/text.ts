import { FormatError } from '@hypercorr/tensor';

/** The most characters of a string, of V8. */
const mostTextBytes = 2 ** 29 - 24;

/**
 * Decodes UTF-8, without a byte order mark.
 *
 * @param role what the file is, for errors: "list", "manifest"
 * @throws FormatError for other bytes, and for a longer text than strings hold
 */
export function decodeText(bytes: Uint8Array, file: string, role: string): string {
  if (bytes.length > mostTextBytes)
    throw new FormatError(role, `${file} has ${bytes.length} bytes; texts are read up to ${mostTextBytes} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(role, `${file} is not UTF-8 text; save it as UTF-8`, { cause });
  }
}

/** A line that is not blank, and its number from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines that are not blank, trimmed. */
export function linesOf(text: string): readonly Line[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ number: i + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
}

/** @throws FormatError for text that is no JSON */
export function parseJson(text: string, file: string, role: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(role, `${file} is not JSON, or it is cut off: ${reason}`, { cause });
  }
}

/** A JSON object whose values are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as text for an error, shortened. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
