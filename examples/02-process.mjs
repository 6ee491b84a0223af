// The same module in a child process: another name, nothing else. When it dies, every call that waits is told.
import { PeerLostError, spawnProcess } from "nearcall";

const math = await spawnProcess(new URL("far/math.mjs", import.meta.url));

console.log("fib(20) is", await math.remote.fib(20));
console.log("in a process of its own:", (await math.remote.pid) === math.pid && math.pid !== process.pid);

const answer = math.remote.fib(60);
math.child.kill("SIGKILL");
try {
  await answer;
} catch (error) {
  if (!(error instanceof PeerLostError)) throw error;
  console.log("lost:", error.signal, error.code);
}

// Prints:
// fib(20) is 6765
// in a process of its own: true
// lost: SIGKILL ERR_PEER_LOST
