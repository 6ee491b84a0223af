// Two equal sides: each exposes an object to the other, on one endpoint. Here the two ends of a MessageChannel.
import { open } from "nearcall";

const { port1, port2 } = new MessageChannel();

const left = open(port1, { api: { name: () => "left" } });
const right = open(port2, {
  api: {
    name: () => "right",
    introduce: async () => `this is right, and you are ${await right.remote.name()}`,
  },
});

console.log(await left.remote.name());
console.log(await left.remote.introduce());

await left.close();
console.log((await right.closed).reason);

// Prints:
// right
// this is right, and you are left
// the far side closed the connection
