// The layers of lib/. A file imports its own folder or one named before it; nothing imports in a circle.
const rows = [["core"], ["wire"], ["node"], ["transports"], ["spawn"], ["socket"], ["sync", "pool"], ["supervisor"], ["cli"]];

/** The packages that a layer may import; none where it is not named. */
const packages = { wire: ["devalue"], pool: ["piscina"], cli: ["log-update"] };
const withoutNode = ["core", "wire"];

const folder = (names) => `^lib/(${names.join("|")})/`;
const layers = rows.flat();

const order = rows.flatMap((row, at) =>
  row.map((layer) => ({
    name: `${layer}-stays-in-its-layer`,
    comment: `lib/${layer} imports itself and ${rows.slice(0, at).flat().join(", ") || "nothing else"}`,
    severity: "error",
    from: { path: folder([layer]) },
    to: { path: "^(lib|test|bench|examples|dist)/", pathNot: folder([...rows.slice(0, at).flat(), layer]) },
  })),
);

const bare = layers.map((layer) => ({
  name: `${layer}-packages`,
  comment: `lib/${layer} imports ${packages[layer]?.join(", ") ?? "no package"}`,
  severity: "error",
  from: { path: folder([layer]) },
  to: {
    dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown", "npm-bundled"],
    pathNot: (packages[layer] ?? []).map((name) => `node_modules/${name}/`),
  },
}));

export default {
  forbidden: [
    ...order,
    ...bare,
    {
      name: "no-node",
      comment: `${withoutNode.join(" and ")} know the language only`,
      severity: "error",
      from: { path: folder(withoutNode) },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-circle",
      comment: "when two files need each other, a third, smaller one is missing",
      severity: "error",
      from: { path: "^lib/" },
      to: { circular: true },
    },
    {
      name: "index-joins-lib-only",
      comment: "lib/index.ts re-exports what lies in lib",
      severity: "error",
      from: { path: "^lib/index\\.ts$" },
      to: { pathNot: "^lib/" },
    },
    {
      name: "resolves",
      comment: "an import that leads nowhere",
      severity: "error",
      from: { path: "^lib/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.build.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default"],
      extensions: [".ts", ".js", ".mjs"],
    },
  },
};
