// Tells the developer something, once.

/** How many different warnings are remembered; further ones would only be noise. */
const MOST = 100;

export function createWarner(): (message: string, code: string) => void {
  const given = new Set<string>();
  return (message, code) => {
    const key = `${code} ${message}`;
    if (given.has(key) || given.size >= MOST) return;
    given.add(key);
    process.emitWarning(message, { type: "NearcallWarning", code });
  };
}
