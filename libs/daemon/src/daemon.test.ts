import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gauge } from "prom-client";
import { describe, expect, test, vi } from "vitest";
import { daemonCommands } from "./command.ts";
import { runDaemon } from "./daemon.ts";
import type { DaemonContext, DaemonDefinition } from "./daemon-definition.ts";
import { DaemonError } from "./errors.ts";

/** A daemon that runs until `stop` is called. */
function launch(
  args: readonly string[],
  definition: Partial<DaemonDefinition> = {},
  environment: Record<string, string> = {},
  isTty = false,
) {
  let stdout = "";
  let stderr = "";
  const log: Record<string, unknown>[] = [];
  const order: string[] = [];
  let stop: () => void = () => undefined;
  const stopRequested = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let begun: (context: DaemonContext) => void = () => undefined;
  const started = new Promise<DaemonContext>((resolve) => {
    begun = resolve;
  });
  const { start, ...rest } = definition;
  const exit = runDaemon(
    {
      program: "jaeger-test",
      summary: "A daemon for tests.",
      metricsNamespace: "jaeger_test",
      adminPort: 14269,
      commands: daemonCommands(),
      environmentVariables: [{ name: "SPAN_STORAGE_TYPE", description: "Where spans go.", default: "memory" }],
      flags: () => [
        {
          title: "Test",
          flags: [
            { name: "test.name", type: "string", default: "", description: "A name" },
            { name: "test.password", type: "string", default: "", description: "A secret", secret: true },
          ],
        },
      ],
      notes: ["Data goes nowhere."],
      async start(context) {
        await start?.(context);
        begun(context);
      },
      ...rest,
    },
    {
      args,
      environment,
      stdout: (text) => {
        stdout += text;
        order.push(text);
      },
      stderr: (text) => {
        stderr += text;
      },
      log: (line) => {
        log.push(JSON.parse(line) as Record<string, unknown>);
        order.push(String(log.at(-1)?.msg));
      },
      stdoutIsTty: isTty,
      stderrIsTty: isTty,
      invocation: "node main.js",
      stopRequested,
    },
  );
  return { exit, started, stop, stdout: () => stdout, stderr: () => stderr, log, order };
}

const QUIET = ["--admin.http.host-port=127.0.0.1:0", "--log-level=fatal"];

interface Reply {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function ask(port: number, method: string, path: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, method, path, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += String(chunk);
      });
      response.on("end", () => resolve({ status: response.statusCode, type: response.headers["content-type"], body }));
    })
      .on("error", reject)
      .end();
  });
}

test("a stop ends a start that waits for somebody, and that is no failure", async () => {
  let begun: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const stopped: string[] = [];
  const daemon = launch(QUIET, {
    async start({ stopping, lifecycle }) {
      lifecycle.add("first", () => void stopped.push("first"));
      begun();
      await new Promise((_, reject) => stopping.addEventListener("abort", () => reject(stopping.reason)));
    },
  });
  await waiting;
  daemon.stop();
  expect(await daemon.exit).toBe(0);
  expect(stopped).toEqual(["first"]);
});

describe("the admin server", () => {
  test("says at /ready what is missing, while health stays as it is", async () => {
    const daemon = launch(QUIET);
    const { adminAddress, readiness } = await daemon.started;
    const asked = async (path: string) => {
      const { status, body } = await ask(adminAddress.port, "GET", path);
      return { status, body };
    };
    await vi.waitFor(async () => expect(await asked("/ready")).toEqual({ status: 200, body: '{"status":"ready"}' }));
    readiness.report("cassandra", "no node answers");
    expect(await asked("/ready")).toEqual({
      status: 503,
      body: '{"status":"not ready","problems":{"cassandra":"no node answers"}}',
    });
    expect((await asked("/")).status).toBe(200);
    readiness.report("cassandra", undefined);
    expect((await asked("/ready")).status).toBe(200);
    daemon.stop();
    expect(await daemon.exit).toBe(0);
  });

  test("answers health at any path and method, metrics and version", async () => {
    const daemon = launch(QUIET);
    const { adminAddress, registry } = await daemon.started;
    new Gauge({ name: "some_gauge", help: "x", registers: [registry] }).set(3);
    await new Promise((resolve) => setImmediate(resolve));
    const { port } = adminAddress;
    for (const [method, path] of [
      ["GET", "/"],
      ["POST", "/?x=1"],
      ["PUT", "/nope"],
    ] as const) {
      const reply = await ask(port, method, path);
      expect(reply).toMatchObject({ status: 200, type: "application/json" });
      expect(JSON.parse(reply.body)).toMatchObject({ status: "Server available", uptime: expect.stringMatching(/s$/) });
    }
    expect(await ask(port, "HEAD", "/")).toMatchObject({ status: 200, type: "application/json", body: "" });
    const metrics = await ask(port, "POST", "/metrics");
    expect(metrics.type).toBe("text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    expect(metrics.body).toContain("some_gauge 3");
    expect(metrics.body).toMatch(/jaeger_test_build_info\{.*version="/);
    const version = await ask(port, "GET", "/version");
    expect(version.type).toBe("text/plain; charset=utf-8");
    expect(Object.keys(JSON.parse(version.body))).toEqual(["gitCommit", "gitVersion", "buildDate"]);
    daemon.stop();
    expect(await daemon.exit).toBe(0);
  });

  test("says 503 before the daemon is ready and while it stops", async () => {
    const asked: Reply[] = [];
    const daemon = launch(QUIET, {
      async start({ adminAddress, lifecycle }) {
        asked.push(await ask(adminAddress.port, "GET", "/"));
        lifecycle.add("slow", async () => {
          asked.push(await ask(adminAddress.port, "GET", "/"));
        });
      },
    });
    await daemon.started;
    daemon.stop();
    await daemon.exit;
    expect(asked).toHaveLength(2);
    for (const { status, body } of asked) {
      expect(status).toBe(503);
      expect(JSON.parse(body)).toEqual({ status: "Server not available", upSince: "0001-01-01T00:00:00Z", uptime: "" });
    }
  });

  test("without a metrics backend the metrics page is health", async () => {
    const daemon = launch([...QUIET, "--metrics-backend=none"]);
    const { adminAddress } = await daemon.started;
    expect((await ask(adminAddress.port, "GET", "/metrics")).body).toContain("Server available");
    daemon.stop();
    await daemon.exit;
  });

  test("never shows a secret", async () => {
    const daemon = launch([...QUIET, "--test.password=hunter2", "--test.name=visible"]);
    const { adminAddress } = await daemon.started;
    const { body } = await ask(adminAddress.port, "GET", "/debug/vars");
    expect(body).toContain("visible");
    expect(body).not.toContain("hunter2");
    daemon.stop();
    await daemon.exit;
  });

  test("a taken port ends the start in v1's words, once, with the flag that helps", async () => {
    const first = launch(QUIET);
    const { adminAddress } = await first.started;
    const args = [`--admin.http.host-port=127.0.0.1:${adminAddress.port}`, "--log-level=fatal", "--log-encoding=json"];
    const text = `cannot start the admin server: listen tcp 127.0.0.1:${adminAddress.port}: bind: address already in use`;
    for (const isTty of [false, true]) {
      const second = launch(args, {}, {}, isTty);
      expect(await second.exit).toBe(1);
      expect(second.log).toEqual([
        {
          level: "fatal",
          ts: expect.anything(),
          msg: `${text}. Choose another address with --admin.http.host-port or ADMIN_HTTP_HOST_PORT.`,
        },
      ]);
      expect(second.stderr()).toBe("");
      expect(second.stdout()).toBe(isTty ? "" : `${text}\n`);
    }
    first.stop();
    await first.exit;
  });
});

describe("starting and stopping", () => {
  test("parts stop in reverse, one that fails or hangs does not keep the others from stopping", async () => {
    const stopped: string[] = [];
    const daemon = launch(QUIET, {
      async start({ lifecycle }) {
        for (const name of ["storage", "ingest", "receivers"]) {
          lifecycle.add(name, () => {
            stopped.push(name);
            if (name === "ingest") throw new Error("stuck");
          });
        }
      },
    });
    await daemon.started;
    daemon.stop();
    expect(await daemon.exit).toBe(0);
    expect(stopped).toEqual(["receivers", "ingest", "storage"]);
  });

  test("a start that fails stops what had started and ends with 1, without a word on standard output", async () => {
    const stopped: string[] = [];
    const daemon = launch(QUIET, {
      async start({ lifecycle }) {
        lifecycle.add("storage", () => void stopped.push("storage"));
        throw new DaemonError("LISTEN", "port taken");
      },
    });
    expect(await daemon.exit).toBe(1);
    expect(stopped).toEqual(["storage"]);
    expect(daemon.stdout()).toBe("");
  });

  test("what it has to say to the operator comes last, when it is ready", async () => {
    const daemon = launch(["--admin.http.host-port=127.0.0.1:0"], {
      start: async ({ announce, logger }) => {
        announce("ready: http://here");
        logger.info("Listening");
      },
    });
    await daemon.started;
    await new Promise((resolve) => setImmediate(resolve));
    expect(daemon.order).toEqual([
      "Admin server started",
      "Listening",
      "Health Check state change",
      "ready: http://here\n",
    ]);
    daemon.stop();
    await daemon.exit;
  });

  test("a part that fails later ends the daemon with 1", async () => {
    const daemon = launch(QUIET);
    const { fail } = await daemon.started;
    fail(new Error("disk gone"));
    expect(await daemon.exit).toBe(1);
  });
});

describe("errors before the start", () => {
  test.each([
    [["--nope"], "unknown flag: --nope\n"],
    [["frobnicate"], 'unknown command "frobnicate" for "jaeger-test"\n'],
    [["--log-level=loud"], 'cannot create logger: unrecognized level: "loud"\n'],
    [["--metrics-backend=expvar2"], "cannot create metrics factory: unknown metrics backend specified\n"],
    [["status", "--zzz"], "unknown flag: --zzz\n"],
    [["print-config", "--test.name=x"], "unknown flag: --test.name\n"],
  ])("%j ends with 1 and v1's text", async (args, text) => {
    const daemon = launch(args);
    expect(await daemon.exit).toBe(1);
    expect(daemon.stdout()).toBe(text);
    expect(daemon.stderr()).toContain(`Error: ${text}`);
  });

  test("a wrong address is refused before anything opens, with the place where it stood", async () => {
    const flags: DaemonDefinition["flags"] = () => [
      {
        title: "Test",
        flags: [
          { name: "test.host-port", type: "string", default: "", description: "", listens: "unless-empty" },
          { name: "need.host-port", type: "string", default: ":1", description: "", listens: "always" },
        ],
      },
    ];
    const wrong = [
      launch(["--test.host-port=nonsense"], { flags }),
      launch([], { flags }, { TEST_HOST_PORT: "nonsense" }),
      launch(["--need.host-port="], { flags }),
    ];
    for (const daemon of wrong) {
      expect(await daemon.exit).toBe(1);
      expect(daemon.log).toEqual([]);
    }
    expect(wrong.map((daemon) => daemon.stderr().split(": expected")[0])).toEqual([
      'Error: invalid address "nonsense" in the flag --test.host-port',
      'Error: invalid address "nonsense" in the environment variable TEST_HOST_PORT',
      'Error: invalid address "" in the flag --need.host-port',
    ]);
  });

  test.each([
    ["3d", "write 72h."],
    ["2 weeks", "write 336h."],
    ["90", "write 90s."],
    ["5min", "write 5m."],
    ["soon", "write 1h30m."],
  ])("a duration of %s is told how to be written", async (text, hint) => {
    const flags: DaemonDefinition["flags"] = () => [
      { title: "Test", flags: [{ name: "keep", type: "duration", default: 0, description: "" }] },
    ];
    for (const daemon of [launch([`--keep=${text}`], { flags }), launch([], { flags }, { KEEP: text })]) {
      expect(await daemon.exit).toBe(1);
      expect(daemon.stderr()).toContain(hint);
    }
  });

  test("help is offered as the program was started, and only where help helps", async () => {
    const usage = "Run 'node main.js --help' for usage.\n";
    const flag = launch(["--nope"]);
    expect(await flag.exit).toBe(1);
    expect(flag.stderr()).toBe(`Error: unknown flag: --nope\n${usage}`);
    const file = launch(["--config-file=/nonexistent.yaml"]);
    expect(await file.exit).toBe(1);
    expect(file.stderr()).not.toContain("--help");
  });

  test("a mistyped flag is told the nearest one", async () => {
    const daemon = launch(["--test.nmae=x"]);
    expect(await daemon.exit).toBe(1);
    expect(daemon.stderr()).toContain("Did you mean --test.name?");
  });
});

describe("sub-commands", () => {
  test("print-config shows values and sources, hides secrets, and leaves empty ones out unless asked", async () => {
    const environment = { TEST_PASSWORD: "hunter2" };
    const short = launch(["print-config"], {}, environment);
    expect(await short.exit).toBe(0);
    expect(short.stdout()).toMatch(/\| test\.password +\*+ +user-assigned \|/);
    expect(short.stdout()).toMatch(/\| admin\.http\.host-port +:14269 +default +\|/);
    expect(short.stdout()).not.toContain("test.name");
    const all = launch(["print-config", "-a"], {}, environment);
    await all.exit;
    expect(all.stdout()).toContain("test.name");
    expect(all.stdout()).not.toContain("hunter2");
  });

  test("status prints the health page of a running daemon, and fails on one that is away", async () => {
    const daemon = launch(QUIET);
    const { adminAddress } = await daemon.started;
    await new Promise((resolve) => setImmediate(resolve));
    const at = `--status.http.host-port=127.0.0.1:${adminAddress.port}`;
    const up = launch(["status", at]);
    expect(await up.exit).toBe(0);
    expect(JSON.parse(up.stdout())).toMatchObject({ status: "Server available" });
    daemon.stop();
    await daemon.exit;
    const down = launch(["status", at]);
    expect(await down.exit).toBe(1);
    expect(down.stdout()).toBe(
      `Get "http://127.0.0.1:${adminAddress.port}": dial tcp 127.0.0.1:${adminAddress.port}: connect: connection refused\n`,
    );
  });

  test("status --help is v1's", async () => {
    const daemon = launch(["status", "--help"]);
    expect(await daemon.exit).toBe(0);
    expect(daemon.stdout()).toBe(`Print Jaeger component status information, exit non-zero on any error.

Usage:
  jaeger-test status [flags]

Flags:
  -h, --help                           help for status
      --status.http.host-port string   The host:port (e.g. 127.0.0.1:14269 or :14269) for the health check (default ":14269")
`);
  });

  test("status asks where the daemon's own settings put the admin server, unless told otherwise", async () => {
    const daemon = launch(QUIET);
    const { adminAddress } = await daemon.started;
    await new Promise((resolve) => setImmediate(resolve));
    const [up, down] = [`127.0.0.1:${adminAddress.port}`, "127.0.0.1:9"];
    const ask = (args: readonly string[], environment: Record<string, string>) =>
      launch(["status", ...args], {}, environment).exit;
    expect(await ask([], { ADMIN_HTTP_HOST_PORT: up })).toBe(0);
    expect(await ask([`--admin.http.host-port=${up}`], { STATUS_HTTP_HOST_PORT: down })).toBe(0);
    expect(await ask([`--status.http.host-port=${up}`, `--admin.http.host-port=${down}`], {})).toBe(0);
    expect(await ask([], { STATUS_HTTP_HOST_PORT: up, ADMIN_HTTP_HOST_PORT: down })).toBe(0);
    expect(await ask([], { ADMIN_HTTP_HOST_PORT: down })).toBe(1);
    daemon.stop();
    await daemon.exit;
  });

  describe("when the environment asks for what is not there", () => {
    const definition: Partial<DaemonDefinition> = {
      check() {
        throw new DaemonError("INVALID_SETTINGS", "no such storage");
      },
    };

    test("a start fails, before anything is said of flags", async () => {
      const daemon = launch(["--flag.of.such.storage=1"], definition);
      expect(await daemon.exit).toBe(1);
      expect(daemon.stderr()).toBe("Error: no such storage\n");
    });

    test.each([["--help"], ["-h"], ["version"], ["env"], ["print-config"]])("%s works", async (arg) => {
      const daemon = launch([arg], definition);
      expect(await daemon.exit).toBe(0);
      expect(daemon.stdout()).not.toBe("");
      if (arg.startsWith("-")) expect(daemon.stdout()).toContain("Note: no such storage\n");
      if (arg === "print-config") expect(daemon.stderr()).toBe("Warning: no such storage\n");
    });

    test("docs works", async () => {
      const dir = mkdtempSync(join(tmpdir(), "spoor-docs-"));
      expect(await launch(["docs", `--dir=${dir}`], definition).exit).toBe(0);
      expect(readFileSync(join(dir, "jaeger-test.md"), "utf8")).toContain("--test.name");
      rmSync(dir, { recursive: true });
    });
  });

  test("version, env and help print and end", async () => {
    const version = launch(["version"]);
    expect(await version.exit).toBe(0);
    expect(JSON.parse(version.stdout())).toHaveProperty("gitVersion");
    const env = launch(["env"]);
    expect(await env.exit).toBe(0);
    expect(env.stdout()).toContain('SPAN_STORAGE_TYPE string   Where spans go.  (default "memory")');
    const help = launch(["--help"]);
    expect(await help.exit).toBe(0);
    for (const part of ["--test.name string", "Data goes nowhere.", "--admin.http.tls.*", "print-config"]) {
      expect(help.stdout()).toContain(part);
    }
  });
});
