// What is thrown over there is caught here: class, message, code, cause and own properties. A lost peer is an error too.
import { PeerLostError, RpcError, spawnThread } from "nearcall";

const bank = await spawnThread(new URL("far/bank.mjs", import.meta.url));

try {
  await bank.remote.withdraw(150);
} catch (error) {
  console.log(error instanceof RangeError, error.message, error.code, error.missing);
  console.log("cause:", error.cause.message);
  console.log("both stacks:", error.stack.includes("bank.mjs") && error.stack.includes("05-errors.mjs"));
}

try {
  await bank.remote.vault.opne();
} catch (error) {
  console.log(error instanceof RpcError, error.code);
}

try {
  await bank.remote.panic();
} catch (error) {
  if (!(error instanceof PeerLostError)) throw error;
  console.log("lost:", error.exitCode, error.phase === "unsent" ? "never sent" : "may have run");
}

// Prints:
// true Not enough money E_BALANCE 50
// cause: the balance is 100
// both stacks: true
// true ERR_NOT_EXPOSED
// lost: 3 may have run
