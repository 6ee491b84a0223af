// Serves a store to those who say who they are; what it checks, it checks before a member runs.
import { callContext, expose } from "nearcall";

const store = {
  get: (key) => `${key} for ${callContext().meta.user}`,
};

const incoming = (call, next) => {
  if (call.meta.user === undefined) throw new Error(`${call.path.join(".")}: who are you?`);
  return next();
};

expose(store, undefined, { intercept: { incoming } });
