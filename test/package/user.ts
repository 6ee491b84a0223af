// A user's program in TypeScript: what the types of the package promise, and what they forbid.
import { PeerLostError, type Remote, spawnThread } from "nearcall";

const math = await spawnThread<typeof import("./math.js")>(new URL("./math.js", import.meta.url));
const remote: Remote<typeof import("./math.js")> = math.remote;

const answer: number = await remote.fib(30);
console.log(answer);
for await (const square of remote.squares(2)) console.log(square.toFixed(0));
await remote.train(2, (done) => {
  if (done === 0.5) console.log("half");
});

// @ts-expect-error a number is wanted
remote.fib("30").catch(() => {});
// @ts-expect-error the result is a promise
const wrong: number = remote.fib(1);
void wrong;
// @ts-expect-error no such member
void remote.fob;

const never = remote.train(1, () => math.destroy());
await never.catch((error: unknown) => console.log(error instanceof PeerLostError ? "gone" : error));
