import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { daemonCommands } from "./command.ts";
import { runDaemon } from "./daemon.ts";
import { DaemonError } from "./errors.ts";

async function run(args: readonly string[], environment: Record<string, string> = {}, check = () => undefined) {
  let stdout = "";
  const code = await runDaemon(
    {
      program: "jaeger-test",
      summary: "",
      metricsNamespace: "jaeger_test",
      adminPort: 14269,
      commands: daemonCommands(),
      environmentVariables: [{ name: "SPAN_STORAGE_TYPE", description: "", default: "" }],
      flags: () => [
        {
          title: "Test",
          flags: [
            { name: "test.queue-size", type: "int", default: 1, description: "" },
            { name: "test.workers", type: "int", default: 1, description: "", note: "Accepted, without effect" },
            { name: "test.password", type: "string", default: "", description: "", secret: true },
          ],
        },
      ],
      check,
      notes: [],
      start: () => Promise.reject(new Error("it is not started")),
    },
    { args, environment, stdout: (text) => (stdout += text), stderr: (text) => (stdout += text) },
  );
  return { code, stdout };
}

it("tells what takes effect, what does not, and where it was set", async () => {
  const environment = { TEST_PASSWORD: "secret", TEST_QUEUE_SIZ: "2", SPAN_STORAGE_TYPE: "x", HOME_DIR: "/" };
  expect(await run(["validate", "--test.queue-size=5", "--test.workers", "3"], environment)).toEqual({
    code: 0,
    stdout: `jaeger-test starts with these settings.
unknown  environment variable TEST_QUEUE_SIZ is no setting of this daemon; did you mean TEST_QUEUE_SIZE?
note     --test.workers=3 (flag): Accepted, without effect
ok       --test.queue-size=5 (flag)
ok       --test.password=******** (TEST_PASSWORD)
`,
  });
});

it("tells every mistake at once", async () => {
  const { code, stdout } = await run(["validate", "--test.quue-size", "5", "--test.workers=x"], {
    TEST_QUEUE_SIZE: "many",
  });
  expect(code).toBe(1);
  expect(stdout.split("\n").map((line) => line.slice(0, 42))).toEqual([
    "jaeger-test does not start with these sett",
    "error    unknown flag: --test.quue-size. D",
    'error    invalid argument "x" for "--test.',
    'error    invalid value "many" in the envir',
    "",
  ]);
});

it("reads the config file, and tells a key that is no setting", async () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-validate-"));
  try {
    const file = join(directory, "config.yaml");
    writeFileSync(file, "test:\n  queue-size: 7\n  queue-siz: 8\n");
    const { stdout } = await run(["validate", `--config-file=${file}`]);
    expect(stdout).toContain(
      "unknown  key test.queue-siz of the config file is no setting of this daemon; did you mean test.queue-size?",
    );
    expect(stdout).toContain("ok       --test.queue-size=7 (config file)");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it("tells what the environment asks for and is not there", async () => {
  const check = () => {
    throw new DaemonError("INVALID_SETTINGS", "no such storage");
  };
  expect(await run(["validate"], {}, check)).toEqual({
    code: 1,
    stdout: "jaeger-test does not start with these settings.\nerror    no such storage\n",
  });
});

it.each(["bash", "zsh", "fish", "powershell"])(
  "completion writes a script for %s with flags and sub-commands",
  async (shell) => {
    const { code, stdout } = await run(["completion", shell]);
    expect(code).toBe(0);
    for (const word of ["test.queue-size", "print-config", "jaeger-test"]) expect(stdout).toContain(word);
  },
);

it("completion for an unknown shell names those there are", async () => {
  const { code, stdout } = await run(["completion", "tcsh"]);
  expect(code).toBe(1);
  expect(stdout).toContain("bash, fish, powershell, zsh");
});
