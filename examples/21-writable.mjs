// Setting and deleting are off, unless the exposing side allows them.
import { describe, spawnThread } from "nearcall";

const settings = await spawnThread(new URL("far/settings.mjs", import.meta.url));
const { remote } = settings;

remote.theme = "dark"; // sent at once, in order with the calls
delete remote.font.size;
console.log(await remote.theme, await remote.font);
console.log((await describe(remote)).map(({ name }) => name));

await settings.close();

// Prints:
// dark {}
// [ 'theme', 'font' ]
