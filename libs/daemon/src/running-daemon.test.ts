import { expect, test } from "vitest";
import { commonFlags } from "./common-flags.ts";
import { RunningDaemon } from "./running-daemon.ts";
import { Settings } from "./settings.ts";

test("a start that never ends and knows nothing of the stop is left after its grace; what it had started is stopped", async () => {
  const lines: string[] = [];
  const flags = new Map(commonFlags(0).flatMap((group) => group.flags.map((flag) => [flag.name, flag] as const)));
  const daemon = new RunningDaemon(
    {
      program: "jaeger-test",
      summary: "A daemon for tests.",
      metricsNamespace: "jaeger_test",
      adminPort: 0,
      commands: [],
      environmentVariables: [],
      flags: () => [],
      notes: [],
      start: async () => undefined,
    },
    {
      args: [],
      environment: {},
      stdout: () => undefined,
      stderr: () => undefined,
      log: (line) => lines.push((JSON.parse(line) as { readonly msg: string }).msg),
    },
    new Settings(flags, { commandLine: new Map(), environment: {}, configFile: new Map() }),
  );
  const code = await daemon.run(
    () => {
      daemon.lifecycle.add("first", () => void lines.push("first stopped"));
      return new Promise(() => undefined);
    },
    Promise.resolve(),
    { deadlineMs: 1000, startGraceMs: 10 },
  );
  expect(code).toBe(0);
  expect(lines).toEqual(["Shutting down before the start was over", "first stopped"]);
});
