// What to do about what stands at the public name. Pure; claim.ts looks, asks here, and acts.

/** What was found at the name. `other`: something that is no socket, or a socket of another kind. */
export type Standing = "nothing" | "dead" | "alive" | "forbidden" | "other";

/**
 * `publish`: make the name, but only if it still does not exist. `replace`: put ours over it in one step.
 * The others are errors.
 */
export type Step = "publish" | "replace" | "already-owned" | "not-ours" | "not-a-socket";

/** @param replace the user asked to take the name from an owner that lives */
export function nextStep(standing: Standing, isMine: boolean, replace: boolean): Step {
  switch (standing) {
    case "nothing":
      return "publish";
    case "dead":
      return "replace";
    case "other":
      return "not-a-socket";
    case "forbidden":
      return "not-ours";
    case "alive":
      if (!replace) return "already-owned";
      // Another user's living server is not replaced, even where the folder would allow it.
      return isMine ? "replace" : "not-ours";
  }
}
