// Events of an emitter over there: on, once, and off with the same function; or a loop.
import { eventsOf, spawnThread } from "nearcall";

const far = await spawnThread(new URL("far/clock.mjs", import.meta.url));
const { clock, tick } = far.remote;

const print = (time) => console.log("tick", time);
await clock.on("tick", print);
await clock.once("tick", () => console.log("the first one"));
await tick(1);
await tick(2);
await clock.off("tick", print);
await tick(3);

setTimeout(() => [4, 5, 6].map(tick));
for await (const [time] of eventsOf(clock, "tick")) {
  console.log("looped", time);
  if (time === 5) break; // stops listening
}

await far.close();

// Prints:
// tick 1
// the first one
// tick 2
// looped 4
// looped 5
