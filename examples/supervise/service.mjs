// What clients of the socket call. It asks one worker after the other, and knows nothing of their lives.
import { withOptions } from "nearcall";

export function createService(tree) {
  // Nothing is harmed if one of these runs twice, so what a dead worker had is done by the next one.
  const parser = withOptions(tree.remote("parse"), { idempotent: true });
  const renderer = withOptions(tree.remote("render"), { idempotent: true });
  // A story that hangs it would hang the next one, too.
  const searcher = tree.remote("search");
  return {
    async publish(text) {
      const { title, words } = await parser.parse(text);
      const matches = await searcher.countLong(words);
      return await renderer.render({ title, words, matches });
    },
  };
}
