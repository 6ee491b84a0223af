// Serves an object on its standard input and output.
import { Duplex } from "node:stream";
import { expose } from "nearcall";

expose({ shout: (text) => text.toUpperCase() }, Duplex.from({ readable: process.stdin, writable: process.stdout }));
