// Tagged frames, all of a tick in one write: about the fastest that a stream can be driven from JavaScript.
//
//   u32 length of what follows | u32 id | u8 tag | body

export const TAG = { add: 1, number: 2, text: 3, bytes: 4, json: 5, fail: 6, error: 7 };
export const HEADER = 9;
const POOL = 16 * 1024;

/** Gathers frames and writes them when the tick's own work is done. */
export class FrameWriter {
  #stream;
  #pool = Buffer.allocUnsafe(POOL);
  #used = 0;
  #from = 0;
  #full = [];
  #scheduled = false;

  constructor(stream) {
    this.#stream = stream;
  }

  /** Returns the buffer and where the body starts in it. */
  frame(id, tag, bodyLength) {
    const buffer = this.#reserve(HEADER + bodyLength);
    const at = this.#used;
    this.#used += HEADER + bodyLength;
    buffer.writeUInt32LE(HEADER - 4 + bodyLength, at);
    buffer.writeUInt32LE(id, at + 4);
    buffer[at + 8] = tag;
    if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(() => this.#flush());
    }
    return { buffer, at: at + HEADER };
  }

  #reserve(size) {
    if (this.#pool.length - this.#used < size) {
      this.#cut();
      this.#pool = Buffer.allocUnsafe(Math.max(POOL, size));
      this.#used = 0;
      this.#from = 0;
    }
    return this.#pool;
  }

  #cut() {
    if (this.#used > this.#from) this.#full.push(this.#pool.subarray(this.#from, this.#used));
    this.#from = this.#used;
  }

  #flush() {
    this.#scheduled = false;
    this.#cut();
    const parts = this.#full;
    this.#full = [];
    if (parts.length > 1) this.#stream.cork();
    for (const part of parts) this.#stream.write(part);
    if (parts.length > 1) this.#stream.uncork();
  }
}

/** Cuts what arrives into frames, in place while a chunk holds them whole. */
export function readFrames(stream, onFrame) {
  let parts = [];
  let held = 0;
  let wanted = 4;
  stream.on("data", (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    if (held < wanted) return;
    const buffer = parts.length === 1 ? chunk : Buffer.concat(parts, held);
    let at = 0;
    wanted = 4;
    while (buffer.length - at >= 4) {
      const size = 4 + buffer.readUInt32LE(at);
      if (buffer.length - at < size) {
        wanted = size;
        break;
      }
      onFrame(buffer.readUInt32LE(at + 4), buffer[at + 8], buffer, at + HEADER, at + size);
      at += size;
    }
    parts = at === buffer.length ? [] : [buffer.subarray(at)];
    held = buffer.length - at;
  });
}
