// The worker of the pools whose tasks take one argument: piscina and tinypool.

import * as api from "./api.mjs";

export const add = (args) => api.add(...args);
export const echo = (args) => api.echo(...args);
export const fail = (args) => api.fail(...args);
export const work = (args) => api.work(...args);
