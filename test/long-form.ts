// How often properties are tried: a few times with the tests, and at length by `npm run soak -- properties schedules
// stress`, which sets NEARCALL_LONG.
export const times = (short: number, long: number): number => (process.env["NEARCALL_LONG"] === undefined ? short : long);
