// Ways in which far sides come to their end.
import type { FarPlace } from "./places.ts";
import type { Ending } from "./suite.ts";

// Not `once` of node:events, which rejects when an 'error' comes first.
const processExit = (place: FarPlace): Promise<unknown> => new Promise((resolve) => place.process!.once("exit", resolve));
const threadExit = (place: FarPlace): Promise<unknown> => new Promise((resolve) => place.thread!.once("exit", resolve));

/** The far side ends the connection, and lives on. */
export const endsByItself: Ending = {
  name: "the far side ends the connection",
  end: ({ remote }) => void remote.destroyFarSide().catch(() => {}),
  expected: { reason: /far side closed/ },
};

export const threadEndings: readonly Ending[] = [
  {
    name: "the thread is terminated",
    end: ({ place }) => place.thread!.terminate(),
    told: threadExit,
    expected: { reason: /exited with code 1/, exitCode: 1 },
  },
  {
    name: "a member calls process.exit",
    end: ({ remote }) => void remote.exit(7).catch(() => {}),
    told: threadExit,
    expected: { reason: /exited with code 7/, exitCode: 7 },
  },
  {
    name: "something outside of a call throws",
    end: ({ remote }) => void remote.throwOutside("boom").catch(() => {}),
    told: threadExit,
    expected: { reason: /exited with code 1/, exitCode: 1, cause: /boom/ },
  },
];

/** Where the connection knows the process behind it. */
export const processEndings: readonly Ending[] = [
  {
    name: "the process is killed by SIGKILL",
    end: ({ place }) => place.process!.kill("SIGKILL"),
    told: processExit,
    expected: { reason: /killed by SIGKILL/, exitCode: null, signal: "SIGKILL" },
  },
  {
    name: "a member calls process.exit",
    end: ({ remote }) => void remote.exit(7).catch(() => {}),
    told: processExit,
    expected: { reason: /exited with code 7/, exitCode: 7, signal: null },
  },
  {
    name: "something outside of a call throws",
    end: ({ remote }) => void remote.throwOutside("boom").catch(() => {}),
    told: processExit,
    expected: { reason: /exited with code 1/, exitCode: 1, signal: null },
  },
];

/** Where it sees only the way to it. */
export const serverEndings: readonly Ending[] = processEndings.map(({ name, end, told }) => ({
  name,
  end,
  told: told!,
  expected: { reason: /the far side closed the connection|the connection (broke|was closed)/ },
}));
