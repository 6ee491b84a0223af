// Counts long words, by a regular expression that takes for ever with a certain kind of word: then it hangs.
export function countLong(words) {
  return words.filter((word) => /^(\w+\s?)+$/.test(word) && word.length > 8).length;
}
