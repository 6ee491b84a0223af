// Stories without end. One in two hundred has a word in it that search.mjs cannot deal with.
const words = "a supervised worker that crashes or hangs comes back before anybody has noticed because somebody remarkable watches".split(
  " ",
);
const evil = `${"supercalifragilistic".repeat(2)}!`;
let count = 0;

export function nextStory() {
  count += 1;
  const body = Array.from({ length: 60 }, () => words[Math.floor(Math.random() * words.length)]);
  if (count % 200 === 0) body.push(evil);
  return `story ${count}\n${body.join(" ")}`;
}
