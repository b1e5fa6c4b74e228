import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, type DaemonOptions, startDaemon } from "@spoor/test-harness";

export type StorageName = "blackhole" | "memory" | "embedded";

/** The stores that live in the process that is measured. */
export const LOCAL_STORES: readonly StorageName[] = ["blackhole", "memory", "embedded"];

/** all-in-one as its own process on the first core, so that the load generator has the other. */
export interface BenchServer {
  readonly daemon: Daemon;
  stop(): Promise<void>;
}

/** Starts a daemon on the first core. */
export function startOnFirstCore(app: string, options: DaemonOptions): Promise<Daemon> {
  return startOnCores(1, app, options);
}

/** Starts a daemon on the first cores. */
export function startOnCores(count: number, app: string, options: DaemonOptions): Promise<Daemon> {
  return startDaemon(app, { ...options, prefix: hasTaskset() ? ["taskset", "-c", `0-${count - 1}`] : [] });
}

export interface ServerOptions {
  readonly storage: StorageName;
  /** Where the embedded store keeps its data; default: a temporary folder that is removed. */
  readonly directory?: string;
  readonly nodeArgs?: readonly string[];
}

export async function startServer(options: ServerOptions): Promise<BenchServer> {
  const scratch = options.directory ?? mkdtempSync(join(tmpdir(), "spoor-bench-"));
  const daemon = await startOnFirstCore("all-in-one", {
    args: options.storage === "embedded" ? [`--embedded.directory=${scratch}`] : [],
    env: { SPAN_STORAGE_TYPE: options.storage, OTEL_TRACES_SAMPLER: "always_off" },
    ...(options.nodeArgs ? { nodeArgs: options.nodeArgs } : {}),
  });
  return {
    daemon,
    async stop() {
      await daemon.stop();
      if (options.directory === undefined) rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Keeps the load generator to these cores, by default off the server's. Processes that are started afterwards are kept to them too. */
export function pinSelf(first: number = 1, last: number = first): void {
  moveSelf(`${first}-${last}`);
}

/** Undoes `pinSelf`, for processes that may use every core. */
export function unpinSelf(): void {
  moveSelf(`0-${cpus().length - 1}`);
}

function moveSelf(cores: string): void {
  if (hasTaskset()) execFileSync("taskset", ["-a", "-p", "-c", cores, String(process.pid)], { stdio: "ignore" });
}

let taskset: boolean | undefined;

function hasTaskset(): boolean {
  if (taskset === undefined)
    try {
      execFileSync("taskset", ["-c", "0,1", "true"], { stdio: "ignore" });
      taskset = true;
    } catch {
      taskset = false;
    }
  return taskset;
}

/** Sum of a metric over all label sets that contain `labels` (such as `state="stored"`). */
export async function readMetric(daemon: Daemon, name: string, labels = ""): Promise<number> {
  return sumOfMetric(await readMetrics(daemon), name, labels);
}

/** The text of a daemon's metrics. */
export async function readMetrics(daemon: Daemon): Promise<string> {
  return (await fetch(daemon.url("admin", "/metrics"))).text();
}

/** The sum of a metric's series that have these labels in the text of metrics. */
export function sumOfMetric(text: string, name: string, labels = ""): number {
  let sum = 0;
  for (const line of text.split("\n"))
    if (line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      if (line.includes(labels)) sum += Number(line.slice(line.lastIndexOf(" ") + 1));
  return sum;
}
