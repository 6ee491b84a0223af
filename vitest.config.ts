import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: {
      enabled: true,
      include: ["test/**/*.test-d.ts"],
      tsconfig: "tsconfig.json",
      // `npm run check` types everything; here only what the type tests claim counts.
      ignoreSourceErrors: true,
    },
    globalSetup: ["test/setup/build.ts"],
    // A process per file: tests start threads, ask for the process's handles, and some end by a signal.
    pool: "forks",
    execArgv: ["--expose-gc"],
    testTimeout: 15_000,
    hookTimeout: 15_000,
    retry: 0,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: {
      provider: "v8",
      include: ["lib/**/*.ts"],
      reporter: ["text-summary", "html", "json-summary"],
      reportsDirectory: "coverage",
      // Threads and processes run dist and are not counted, so the figures understate what the tests reach.
      thresholds: { statements: 70, branches: 65, functions: 70, lines: 70 },
    },
  },
});
