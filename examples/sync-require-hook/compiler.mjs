// Runs in a worker thread. The compiler's interface is async throughout: there is no way to call it from a `require`.
import { rolldown } from "rolldown";

/** One TypeScript file to CommonJS; what it imports stays for `require` to find. */
export async function compile(path) {
  const bundle = await rolldown({ input: path, external: (id) => id !== path, platform: "node" });
  try {
    const { output } = await bundle.generate({ format: "cjs", exports: "named" });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
