// Turns a story into a page. It keeps every page that it ever made, which is its mistake: it leaks.
const pages = new Map();

export function render({ title, words, matches }) {
  const page = `<h1>${title}</h1>\n<p>${matches} of ${words.length} words are long</p>\n${"<p>…</p>\n".repeat(20_000)}`;
  pages.set(`${title} ${pages.size}`, Buffer.from(page));
  return page.length;
}
