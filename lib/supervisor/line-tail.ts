// The end of what a child wrote to stderr, for its exit report.

const LIMIT = 4_096;

export class LineTail {
  #text = "";

  get text(): string {
    return this.#text;
  }

  push(text: string): void {
    const all = this.#text + text;
    if (all.length <= LIMIT) {
      this.#text = all;
      return;
    }
    const cut = all.slice(-LIMIT);
    // Begin with a whole line, where there is one.
    const line = cut.indexOf("\n");
    this.#text = line === -1 || line === cut.length - 1 ? cut : cut.slice(line + 1);
  }
}
