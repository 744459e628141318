/** `RECORD` of `assembly/positions.ts`: where four positions see the input. */
export const recordBytes = 80;
