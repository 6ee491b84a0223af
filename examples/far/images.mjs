// A member that runs only if its arguments pass. Any library that speaks Standard Schema will do; here zod.
import { validated } from "nearcall";
import { z } from "zod";

const Size = z.object({ width: z.number().positive(), height: z.number().positive().default(100) });

export const resize = validated(z.tuple([z.string(), Size]), (name, { width, height }) => `${name} is now ${width} × ${height}`);
