// The shapes that peers, rows and reports share. Nothing here runs.

/**
 * One way to call the far side. Functions that a peer does not have are left out; rows that need them pass it by.
 * @typedef {object} Running
 * @property {(left: number, right: number) => Promise<number>} add
 * @property {(value: any) => Promise<any>} [echo]
 * @property {(message: string) => Promise<never>} [fail]
 * @property {(times: number, callback: (value: number) => number) => Promise<number>} [withCallback]
 * @property {(count: number) => AsyncIterable<number>} [items]
 * @property {(buffer: ArrayBuffer) => Promise<ArrayBuffer>} [move] transfer there and back
 * @property {(path: string) => Promise<{ statements: number, hash: string }>} [work]
 * @property {() => Promise<void> | void} [stop]
 */

/**
 * @typedef {"thread" | "process" | "ipc" | "socket" | "sync" | "pool" | "here"} Kind
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {Kind} kind
 * @property {readonly string[]} [without] ids of rows (or their beginnings) that this peer cannot run
 * @property {string} [module] what a user imports, for the import row
 * @property {(options: { threads: number }) => Promise<Running>} start
 * @property {(count: number) => Promise<{ running: Running[], stop: () => Promise<void> }>} [startMany] so many connections to one far side
 */

/**
 * @typedef {object} Measured
 * @property {number} value
 * @property {{ quantile: number, microseconds: number }[]} [latency]
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} title
 * @property {string} unit
 * @property {"higher" | "lower"} better
 * @property {readonly Kind[]} kinds
 * @property {keyof Running} [needs] peers without it are left out
 * @property {(peer: Peer) => boolean} [wants]
 * @property {string} [base] the peer that others are compared with, where it is not raw Node over the same channel
 * @property {number} [threads] for pools; 1 where it is not said
 * @property {() => Promise<() => void>} [beside] starts what has to run beside the measurement, returns what ends it
 * @property {(running: Running) => Promise<void>} [check] once, before anything is timed
 * @property {(running: Running, milliseconds: number) => Promise<number | Measured>} [measure] over an open peer
 * @property {(peer: Peer, milliseconds: number) => Promise<number | Measured>} [measureAlone] starts and stops the peer itself
 */

/**
 * @typedef {object} Result
 * @property {string} row
 * @property {string} peer
 * @property {Kind} kind
 * @property {number[]} samples one a round
 * @property {number} median
 * @property {number} minimum
 * @property {number} maximum
 * @property {Measured["latency"]} [latency]
 * @property {string} [failure]
 */

export {};
