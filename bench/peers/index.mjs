// Every way of calling that the benchmark knows, raw Node first: each kind is compared to its first.

import { birpc } from "./birpc.mjs";
import { capnweb } from "./capnweb.mjs";
import { comlink } from "./comlink.mjs";
import { jestWorker } from "./jest-worker.mjs";
import { makeSynchronous } from "./make-synchronous.mjs";
import { pool } from "./nearcall/pool.mjs";
import { childIpcAdvanced, childIpcJson, childPipe } from "./nearcall/process.mjs";
import { socket } from "./nearcall/socket.mjs";
import { syncSocket, syncThread, syncThreadWithoutSpinning } from "./nearcall/sync.mjs";
import { thread, threadOverPort, threadWithoutSpinning } from "./nearcall/thread.mjs";
import { piscina, piscinaTuned } from "./piscina.mjs";
import { atomicsWait } from "./raw/atomics.mjs";
import { here } from "./raw/here.mjs";
import { postMessage } from "./raw/post-message.mjs";
import { processSendAdvanced, processSendJson } from "./raw/process-send.mjs";
import { pipeFrames, socketFrames, socketLines } from "./raw/socket.mjs";
import { synckit } from "./synckit.mjs";
import { threads } from "./threads.mjs";
import { tinypool } from "./tinypool.mjs";
import { workerpool } from "./workerpool.mjs";

/** @type {readonly import("../harness/types.mjs").Peer[]} */
export const peers = [
  here,
  postMessage,
  thread,
  threadWithoutSpinning,
  threadOverPort,
  comlink,
  birpc,
  capnweb,
  threads,
  pool,
  piscina,
  piscinaTuned,
  tinypool,
  workerpool,
  jestWorker,
  processSendJson,
  processSendAdvanced,
  childIpcJson,
  childIpcAdvanced,
  childPipe,
  pipeFrames,
  socket,
  socketFrames,
  socketLines,
  atomicsWait,
  syncThread,
  syncThreadWithoutSpinning,
  syncSocket,
  synckit,
  makeSynchronous,
];

/** What stands for "raw" in a ratio. Pools are held against a raw thread, as the calls they replace would be. */
export const rawOfKind = {
  thread: postMessage.name,
  pool: postMessage.name,
  ipc: processSendJson.name,
  process: pipeFrames.name,
  socket: socketFrames.name,
  sync: atomicsWait.name,
};
