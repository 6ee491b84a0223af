// Throws in several ways.
export function withdraw(amount) {
  if (amount > 100) {
    const error = new RangeError("Not enough money", { cause: new Error("the balance is 100") });
    throw Object.assign(error, { code: "E_BALANCE", missing: amount - 100 });
  }
  return 100 - amount;
}

export function panic() {
  process.exit(3);
}

export const vault = { open: () => "open" };
