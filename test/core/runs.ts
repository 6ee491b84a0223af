// How often properties are tried: few times with the tests, as often as NEARCALL_RUNS says at length.
export function runs(short: number): number {
  const wanted = Number(process.env["NEARCALL_RUNS"]);
  return Number.isFinite(wanted) && wanted > 0 ? wanted : short;
}
