import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";

const DAEMON = new URL("../testing/worker-daemon.ts", import.meta.url).pathname;
const HANGING_WORKER = new URL("../testing/hanging-worker.ts", import.meta.url).pathname;

interface LogLine {
  readonly msg: string;
  readonly worker?: number;
  readonly address?: { readonly port: number };
  readonly [field: string]: unknown;
}

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

function launch(...args: readonly string[]) {
  return launchScript(DAEMON, "--admin.http.host-port=127.0.0.1:0", ...args);
}

function launchScript(script: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH },
  });
  running.add(child);
  let text = "";
  child.stderr.on("data", (chunk) => {
    text += String(chunk);
  });
  const lines = () =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  const said = (msg: string) => lines().filter((line) => line.msg === msg);
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const portOf = (msg: string) => said(msg)[0]?.address?.port ?? 0;
  return {
    child,
    exit,
    lines,
    said,
    started: () => vi.waitFor(() => expect(said("All workers take work")).toHaveLength(1), { timeout: 15_000 }),
    ask: (path: string) => fetch(`http://127.0.0.1:${portOf("Listening")}${path}`).then((reply) => reply.text()),
    admin: (path: string, init?: RequestInit) =>
      fetch(`http://127.0.0.1:${portOf("Admin server started")}${path}`, init),
  };
}

async function metricValue(page: Promise<Response>, metric: string): Promise<number> {
  const text = await (await page).text();
  const line = text.split("\n").find((each) => each.startsWith(`${metric} `));
  return Number(line?.slice(metric.length + 1));
}

describe("a daemon of several processes", () => {
  test("hands connections out in turn, says which worker logs, and shows one admin port with summed metrics", async () => {
    const daemon = launch("--workers=2");
    await daemon.started();
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await daemon.ask("/"));
    expect(answers.filter((answer) => answer === "1/2")).toHaveLength(3);
    expect(answers.filter((answer) => answer === "2/2")).toHaveLength(3);
    expect(daemon.said("Listening").map(({ worker }) => worker)).toEqual([1, 2]);
    expect(daemon.said("Admin server started")).toHaveLength(1);
    expect(await metricValue(daemon.admin("/metrics"), "test_asked_total")).toBe(6);
    const page = await (await daemon.admin("/metrics")).text();
    expect(page).toMatch(/^test_build_info\{.*\} 1$/m);
    expect(page).toMatch(/^process_start_time_seconds \d+$/m);
    expect(page).toContain('spoor_workers{state="running"} 2');
    expect((await daemon.admin("/")).status).toBe(200);
  });

  test("starts a worker that died again, and goes on counting from where it was", async () => {
    const daemon = launch("--workers=2");
    await daemon.started();
    for (let i = 0; i < 4; i++) await daemon.ask("/");
    expect(await metricValue(daemon.admin("/metrics"), "test_asked_total")).toBe(4);
    await daemon.ask("/die").catch(() => undefined);
    await vi.waitFor(() => expect(daemon.said("Listening").filter(({ worker }) => worker === 1)).toHaveLength(2), {
      timeout: 10_000,
    });
    expect(daemon.said("Worker ended and is started again")).toMatchObject([{ worker: 1, ended: "signal SIGKILL" }]);
    await vi.waitFor(async () => {
      const page = await (await daemon.admin("/metrics")).text();
      expect(page).toContain('spoor_workers{state="running"} 2');
      expect(page).toContain("spoor_worker_restarts_total 1");
    });
    expect(await metricValue(daemon.admin("/metrics"), "test_asked_total")).toBe(4);
    expect(await daemon.ask("/")).toMatch(/^[12]\/2$/);
  });

  test("waits longer before each time that it starts a worker that dies young", async () => {
    const daemon = launch("--workers=2", "--dying-worker=2");
    const ends = () => daemon.said("Worker ended and is started again");
    await vi.waitFor(() => expect(ends().length).toBeGreaterThanOrEqual(3), { timeout: 15_000 });
    const pauses = [250, 500, 1000].map((tryAgainMs) => ({ worker: 2, ended: "exit code 3", tryAgainMs }));
    expect(ends().slice(0, 3)).toMatchObject(pauses);
  });

  test("kills a worker that hangs, and starts another in its place", async () => {
    const pool = launchScript(HANGING_WORKER);
    expect(await pool.exit).toBe(0);
    const told = pool.lines().map(({ msg }) => msg);
    expect(told.slice(0, 3)).toEqual(["Frozen", "Worker hangs and is killed", "Worker ended and is started again"]);
  });

  test("drains all workers on SIGTERM, and ends with 0", async () => {
    const daemon = launch("--workers=2");
    await daemon.started();
    const slow = [daemon.ask("/slow"), daemon.ask("/slow")];
    await vi.waitFor(() => expect(daemon.said("Slow request")).toHaveLength(2));
    daemon.child.kill("SIGTERM");
    expect((await Promise.all(slow)).sort()).toEqual(["1/2", "2/2"]);
    expect(await daemon.exit).toBe(0);
    expect(daemon.said("Shutdown complete").map(({ worker }) => worker)).toEqual(
      expect.arrayContaining([1, 2, undefined]),
    );
    expect(daemon.said("Worker ended and is started again")).toEqual([]);
  });

  test("ends at once on a second signal, workers too", async () => {
    const daemon = launch("--workers=2");
    await daemon.started();
    daemon.ask("/slow").catch(() => undefined);
    await vi.waitFor(() => expect(daemon.said("Slow request")).toHaveLength(1));
    daemon.child.kill("SIGTERM");
    await vi.waitFor(() => expect(daemon.said("Shutting down").length).toBeGreaterThan(0));
    daemon.child.kill("SIGTERM");
    expect(await daemon.exit).toBe(1);
    await vi.waitFor(async () => {
      await expect(daemon.ask("/")).rejects.toThrow();
    });
  });

  test("so does a daemon of one process", async () => {
    const daemon = launch();
    await vi.waitFor(() => expect(daemon.said("Health Check state change")).toHaveLength(1), { timeout: 15_000 });
    daemon.ask("/slow").catch(() => undefined);
    await vi.waitFor(() => expect(daemon.said("Slow request")).toHaveLength(1));
    daemon.child.kill("SIGTERM");
    await vi.waitFor(() => expect(daemon.said("Shutting down")).toHaveLength(1));
    daemon.child.kill("SIGINT");
    expect(await daemon.exit).toBe(1);
    expect(daemon.said("Shutdown complete")).toEqual([]);
  });

  test("does not start when a worker does not, and says why once", async () => {
    const daemon = launch("--workers=3", "--broken-worker=1");
    expect(await daemon.exit).toBe(1);
    expect(daemon.said("no store")).toMatchObject([{ level: "fatal", worker: 1 }]);
    expect(daemon.lines().at(-1)?.msg).toContain("worker 1 ended before it was ready (exit code 1)");
  });

  test("tells at /ready what a worker misses, changes the log level of all and profiles one", async () => {
    const daemon = launch("--workers=2");
    await daemon.started();
    await daemon.ask("/ill");
    await vi.waitFor(async () => {
      const reply = await daemon.admin("/ready");
      expect(await reply.json()).toEqual({ status: "not ready", problems: { "worker 1: store": "it is away" } });
    });
    const set = await daemon.admin("/loglevel", { method: "PUT", body: '{"level":"debug"}' });
    expect(await set.json()).toEqual({ level: "debug" });
    await vi.waitFor(async () => {
      await daemon.ask("/");
      expect(new Set(daemon.said("Request").map(({ worker }) => worker))).toEqual(new Set([1, 2]));
    });
    const profile = await daemon.admin("/debug/pprof/profile?seconds=0.05&worker=2");
    expect(profile.headers.get("content-disposition")).toMatch(/test-workers-worker-2-.*\.cpuprofile"$/);
    expect(Object.keys((await profile.json()) as object)).toEqual(expect.arrayContaining(["nodes", "samples"]));
    expect((await daemon.admin("/debug/pprof/profile?seconds=0.05&worker=9")).status).toBe(500);
    const two = [1, 2].map(() => daemon.admin("/debug/pprof/profile?seconds=1&worker=2"));
    expect((await Promise.all(two)).map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});
