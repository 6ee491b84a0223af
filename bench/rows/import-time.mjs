// Run by the import row in a process of its own: prints how many ms the first import of a package takes.

const begin = performance.now();
await import(process.argv[2]);
console.log(performance.now() - begin);
