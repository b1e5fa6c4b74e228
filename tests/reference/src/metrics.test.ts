import { readFileSync } from "node:fs";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterEach, expect, it } from "vitest";

/** A metric as a table of `data/metrics` lists it: `NAME TYPE LABEL=VALUES …`. */
interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

function recordedMetrics(app: string): readonly Metric[] {
  const lines = readFileSync(new URL(`../data/metrics/${app}.txt`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => {
    const [name = "", type = "", ...labels] = line.trimEnd().split(" ");
    return { name, type, labels: labels.map((label) => label.split("=")[0] as string) };
  });
}

/** Name, type and the label names of its samples, of each metric of a page; labels are known once there is a sample. */
function metricsOf(page: string): ReadonlyMap<string, Metric> {
  const metrics = new Map<string, Metric>();
  for (const [, name = "", type = ""] of page.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffix = type === "histogram" ? "_bucket" : "";
    const [, sample] = new RegExp(`^${name}${suffix}\\{(.*)\\} `, "m").exec(page) ?? [];
    const labels = [...(sample ?? "").matchAll(/([A-Za-z_]+)="/g)].map((match) => match[1] as string);
    metrics.set(name, { name, type, labels: labels.filter((label) => label !== "le") });
  }
  return metrics;
}

let daemon: Daemon | undefined;
afterEach(() => daemon?.stop());

it.each([
  ["agent", { REPORTER_GRPC_HOST_PORT: "127.0.0.1:1" }],
  ["collector", { SPAN_STORAGE_TYPE: "memory" }],
  ["query", { SPAN_STORAGE_TYPE: "memory" }],
  ["remote-storage", { SPAN_STORAGE_TYPE: "memory" }],
] as const)("%s has every metric of v1, with its type and labels", async (app, env) => {
  daemon = await startDaemon(app, { env });
  if (app === "query") await fetch(daemon.url("queryHttp", "/api/services"));
  const ours = metricsOf(await (await fetch(daemon.url("admin", "/metrics"))).text());
  for (const recorded of recordedMetrics(app)) {
    const metric = ours.get(recorded.name);
    expect(metric, recorded.name).toMatchObject({ type: recorded.type });
    // Samples of a counter with labels come with the first event.
    if (metric?.labels.length) expect([...metric.labels].sort(), recorded.name).toEqual([...recorded.labels].sort());
  }
});
