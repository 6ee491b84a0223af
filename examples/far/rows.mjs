// Gives and takes streams.
export let open = 0;

export async function* rows(count) {
  open += 1;
  try {
    for (let id = 1; id <= count; id += 1) yield { id, name: `row ${id}` };
  } finally {
    open -= 1;
  }
}

export function* conversation() {
  const name = yield "What is your name?";
  return `Good day, ${name}`;
}

export async function total(numbers) {
  let sum = 0;
  for await (const number of numbers) sum += number;
  return sum;
}

export function download() {
  return new Blob(["some ", "bytes"]).stream();
}
