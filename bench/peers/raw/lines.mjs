// JSON lines on a stream, a write a message: the usual hand-made protocol.

/** @param {import("node:stream").Duplex} stream */
export function sendLine(stream) {
  return (message) => stream.write(`${JSON.stringify(message)}\n`);
}

/** @param {import("node:stream").Duplex} stream */
export function listenToLines(stream) {
  stream.setEncoding("utf8");
  return (listener) => {
    // Parts of an unfinished line are joined once, when its end is there: long lines stay linear.
    let parts = [];
    stream.on("data", (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
        parts.push(chunk.slice(start, end));
        listener(JSON.parse(parts.join("")));
        parts = [];
        start = end + 1;
      }
      if (start < chunk.length) parts.push(chunk.slice(start));
    });
  };
}
