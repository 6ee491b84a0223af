// Setting and deleting are off, unless the exposing side allows them.
import { reflect, spawnThread } from "nearcall";

const settings = await spawnThread(new URL("far/settings.mjs", import.meta.url));
const { remote } = settings;

remote.theme = "dark"; // sent at once, in order with the calls
await reflect.set(remote.font, "size", 14); // the same, to be awaited
await reflect.delete(remote.font, "family");
console.log(await remote.theme, await remote.font);
console.log(await reflect.keys(remote), await reflect.has(remote, "colour"));

await settings.close();

// Prints:
// dark { size: 14 }
// [ 'theme', 'font' ] false
