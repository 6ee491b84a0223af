// An object that callers may change.
import { expose } from "nearcall";

expose({ theme: "light", font: { size: 12, family: "serif" } }, undefined, { writable: true });
