// Arguments are checked before a member runs, and defaults are filled in. What is wrong with them comes back as issues.
import { spawnThread } from "nearcall";

const images = await spawnThread(new URL("far/images.mjs", import.meta.url));

console.log(await images.remote.resize("cat.png", { width: 200 }));
try {
  await images.remote.resize("cat.png", { width: -1 });
} catch (error) {
  if (error.code !== "ERR_VALIDATION") throw error;
  for (const { path, message } of error.issues) console.log(path.join("."), "-", message);
}

await images.close();

// Prints:
// cat.png is now 200 × 100
// 1.width - Too small: expected number to be >0
