import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Most of the time goes by waiting for servers: two cores carry two workers, where vitest would take one. */
const MAX_WORKERS = Math.max(2, availableParallelism() - 1);

/** Files that take minutes run with `npm run test:long` only; in small, other tests try the same. */
const LONG_FILES = process.env.SPOOR_LONG_TESTS === "1" ? [] : ["src/**/*.long.test.ts"];
/** Files that ask a Kubernetes API server need the one of `SPOOR_KUBECONFIG`. */
const CLUSTER_FILES = process.env.SPOOR_KUBECONFIG ? [] : ["src/**/*.cluster.test.ts"];

/** One vitest project a workspace package, named as in nx, so that `--project NAME` runs just that one. */
function project(dir: string, name: string) {
  const isE2e = name === "e2e";
  return {
    test: {
      name,
      root: dir,
      include: ["src/**/*.test.ts", "src/**/*.test.tsx"],
      exclude: [...LONG_FILES, ...CLUSTER_FILES],
      testTimeout: isE2e ? 120_000 : 20_000,
      hookTimeout: isE2e ? 180_000 : 30_000,
      // Real processes compete for two cores and for fixed ports: one file at a time.
      ...(isE2e ? { fileParallelism: false } : { maxWorkers: MAX_WORKERS }),
    },
  };
}

const groups = ["libs", "apps", "tools", "tests"];
const projects = groups.flatMap((group) =>
  readdirSync(group)
    .filter((name) => existsSync(`${group}/${name}/package.json`))
    .map((name) => project(`${group}/${name}`, name)),
);

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects,
    // Real servers that several suites use are started once a run, on the first request.
    globalSetup: ["tools/services/src/shared/global-setup.ts"],
    // A few servers need some seconds to end.
    teardownTimeout: 60_000,
  },
});
