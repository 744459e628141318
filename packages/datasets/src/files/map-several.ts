/** How many files are read at a time. Decoding runs outside this thread. */
const atOnce = 4;

/**
 * Maps a list, a few items at a time. Results have the list's order.
 *
 * @param onDone called after each item with the number of finished ones
 */
export async function mapSeveral<T, R>(
  list: readonly T[],
  each: (item: T) => Promise<R>,
  onDone?: (done: number, of: number) => void,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    for (let i = next; i < list.length; i = next) {
      next += 1;
      const item = list[i];
      if (item === undefined) continue;
      results[i] = await each(item);
      done += 1;
      onDone?.(done, list.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}
