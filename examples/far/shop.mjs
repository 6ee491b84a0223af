// A shop, served on the socket that it is told.
import { listen } from "nearcall";

const stock = new Map([
  ["tea", 12],
  ["coffee", 7],
]);
const prices = { tea: 3, coffee: 5 };
const sold = ["tea", "tea", "coffee"];

class Order {
  #total = 0;
  constructor(customer) {
    this.customer = customer;
  }
  add(name, count) {
    this.#total += prices[name] * count;
    return this;
  }
  get total() {
    return this.#total;
  }
}

await listen(
  {
    name: "The corner shop",
    prices,
    Order,
    stock: {
      count: async (name) => stock.get(name) ?? 0,
      take(name) {
        if (!stock.has(name)) throw new RangeError(`There is no ${name}`);
        stock.set(name, stock.get(name) - 1);
      },
    },
    async *history() {
      for (const name of sold) yield name;
    },
  },
  process.argv[2],
);
