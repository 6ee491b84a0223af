// An AbortSignal crosses: the call rejects here at once, and the work over there hears of it.
import { spawnThread, withOptions } from "nearcall";

const far = await spawnThread(new URL("far/search.mjs", import.meta.url));

// A signal in the arguments is a signal over there.
const inArguments = new AbortController();
const first = far.remote.searchIn({ text: "needle", signal: inArguments.signal });
inArguments.abort(new Error("found it elsewhere"));
await first.catch((error) => console.log(error.message));

// A signal for the call itself: the member reads it from callContext().
const ofTheCall = new AbortController();
const second = withOptions(far.remote, { signal: ofTheCall.signal }).search("needle");
ofTheCall.abort(new Error("the user left"));
await second.catch((error) => console.log(error.message));

console.log("over there:", await far.remote.ends());

await far.close();

// Prints:
// The search for needle was stopped
// the user left
// over there: [ 'AbortError', 'AbortError' ]
