/** A count with its noun: "1 class", "3 classes", "0 images". */
export function counted(count: number, one: string, many = one.endsWith('s') ? `${one}es` : `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Seconds in the units that people use: 4.2 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes as "12.3 MiB". */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** A setting's value in words. */
export function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
