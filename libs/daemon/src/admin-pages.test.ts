import { describe, expect, test } from "vitest";
import { daemonCommands } from "./command.ts";
import { runDaemon } from "./daemon.ts";
import type { DaemonContext } from "./daemon-definition.ts";

async function launch(...args: readonly string[]) {
  let stop: () => void = () => undefined;
  const stopRequested = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const log: string[] = [];
  let exit: Promise<number> = Promise.resolve(0);
  const context = await new Promise<DaemonContext>((resolve) => {
    exit = runDaemon(
      {
        program: "jaeger-test",
        summary: "",
        metricsNamespace: "jaeger_test",
        adminPort: 0,
        commands: daemonCommands(),
        environmentVariables: [],
        flags: () => [],
        notes: [],
        start: async (started) => resolve(started),
      },
      {
        args: ["--admin.http.host-port=127.0.0.1:0", ...args],
        environment: {},
        stdout: () => undefined,
        stderr: () => undefined,
        log: (line) => log.push(line),
        stopRequested,
      },
    );
  });
  const end = async () => {
    stop();
    expect(await exit).toBe(0);
  };
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${context.adminAddress.port}${path}`, init);
  return { context, ask, end, log };
}

describe("profiles on the admin port", () => {
  test("are V8's, of the CPU and of the heap, one at a time", async () => {
    const { ask, end } = await launch();
    const running = ask("/debug/pprof/profile?seconds=0.3");
    const heapWhile = await ask("/debug/pprof/heap?seconds=0.1");
    const cpu = await running;
    // Either may have come first.
    expect([cpu.status, heapWhile.status].sort()).toEqual([200, 409]);
    const again = await ask("/debug/pprof/profile?seconds=0.05");
    expect(again.headers.get("content-disposition")).toMatch(/^attachment; filename="jaeger-test-.*\.cpuprofile"$/);
    expect(Object.keys((await again.json()) as object)).toEqual(expect.arrayContaining(["nodes", "timeDeltas"]));
    const heap = await ask("/debug/pprof/heap?seconds=0.05");
    expect(Object.keys((await heap.json()) as object)).toEqual(expect.arrayContaining(["head"]));
    await end();
  });

  test("are bounded in time, and end with whoever asked", async () => {
    const { ask, end } = await launch();
    for (const seconds of ["0", "-1", "301", "x"]) {
      expect((await ask(`/debug/pprof/profile?seconds=${seconds}`)).status).toBe(400);
    }
    const gone = new AbortController();
    const left = ask("/debug/pprof/profile?seconds=300", { signal: gone.signal }).catch(() => undefined);
    setTimeout(() => gone.abort(), 50);
    await left;
    await expect.poll(async () => (await ask("/debug/pprof/profile?seconds=0.05")).status).toBe(200);
    await end();
  });

  test("a heap snapshot needs a flag; what Go alone has, or nobody, is told", async () => {
    const closed = await launch();
    expect((await closed.ask("/debug/pprof/heap-snapshot")).status).toBe(403);
    expect((await closed.ask("/debug/pprof/goroutine")).status).toBe(501);
    const unknown = await closed.ask("/debug/pprof/zzz");
    expect([unknown.status, await unknown.text()]).toEqual([404, "Unknown profile\n"]);
    expect((await closed.ask("/debug/pprof/")).headers.get("content-type")).toBe("text/html; charset=utf-8");
    await closed.end();
    const open = await launch("--admin.http.heap-snapshots");
    const snapshot = await open.ask("/debug/pprof/heap-snapshot");
    expect(await snapshot.text()).toMatch(/^\{"snapshot":/);
    await open.end();
  });
});

describe("the log level at run time", () => {
  test("is told and changed at /loglevel, in JSON or as a form", async () => {
    const { ask, end, context, log } = await launch("--log-level=warn");
    expect(await (await ask("/loglevel")).json()).toEqual({ level: "warn" });
    context.logger.debug("unseen");
    const put = (body: string) => ask("/loglevel", { method: "PUT", body });
    expect(await (await put('{"level":"debug"}')).json()).toEqual({ level: "debug" });
    context.logger.debug("seen");
    expect(log.some((line) => line.includes('"unseen"'))).toBe(false);
    expect(log.some((line) => line.includes('"seen"'))).toBe(true);
    expect(await (await put("level=error")).json()).toEqual({ level: "error" });
    await end();
  });

  test("refuses what is no level and other methods", async () => {
    const { ask, end } = await launch();
    for (const body of ['{"level":"loud"}', "{", "{}", "", `level=${"x".repeat(100_000)}`]) {
      expect((await ask("/loglevel", { method: "PUT", body })).status).toBeGreaterThanOrEqual(400);
    }
    expect((await ask("/loglevel", { method: "POST", body: '{"level":"debug"}' })).status).toBe(405);
    expect(await (await ask("/loglevel")).json()).toEqual({ level: "info" });
    await end();
  });
});
