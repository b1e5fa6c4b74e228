import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENTS } from "./clients.ts";
import { eventually, findTraces, tagValue, type UiTrace } from "./query-client.ts";

describe("all-in-one on its embedded store", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-clients-"));
  const strategies = join(directory, "strategies.json");
  let daemon: Daemon;

  const start = (ports?: Daemon["ports"]) =>
    startDaemon("all-in-one", {
      args: [`--embedded.directory=${join(directory, "data")}`, `--sampling.strategies-file=${strategies}`],
      env: { OTEL_TRACES_SAMPLER: "always_off" },
      ...(ports ? { ports } : {}),
    });

  beforeAll(async () => {
    writeFileSync(strategies, JSON.stringify({ default_strategy: { type: "probabilistic", param: 1 } }));
    daemon = await start();
  });
  afterAll(async () => {
    await daemon?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const serviceOf = (client: string) => client.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  const traceOf = (client: string) =>
    eventually(
      () => findTraces(daemon, serviceOf(client)),
      (traces) => traces[0]?.spans.length === 2,
    );

  it.each(CLIENTS.map((client) => [client.name, client] as const))("shows the trace of %s", async (name, client) => {
    await client.sendTrace(daemon, serviceOf(name));
    const traces = await traceOf(name);
    expect(traces).toHaveLength(1);
    expectTrace(traces[0] as UiTrace, serviceOf(name));
  });

  it("lists every service that sent", async () => {
    const reply = await fetch(daemon.url("queryHttp", "/api/services"));
    const { data } = (await reply.json()) as { readonly data: readonly string[] };
    expect(data).toEqual(expect.arrayContaining(CLIENTS.map((client) => serviceOf(client.name))));
  });

  it("has every trace again after kill -9 and a restart", async () => {
    await daemon.kill();
    daemon = await start(daemon.ports);
    for (const client of CLIENTS) expectTrace((await traceOf(client.name))[0] as UiTrace, serviceOf(client.name));
  });

  it("ends with exit code 0 on SIGTERM", async () => {
    expect(await daemon.stop()).toBe(0);
  });
});

function expectTrace(trace: UiTrace, service: string): void {
  const parent = trace.spans.find((span) => span.operationName === "parent");
  const child = trace.spans.find((span) => span.operationName === "child");
  expect(parent?.references).toEqual([]);
  expect(child?.references.map((reference) => reference.spanID)).toEqual([parent?.spanID]);
  expect(trace.processes[parent?.processID ?? ""]?.serviceName).toBe(service);
  expect(tagValue(parent?.tags ?? [], "span.kind")).toBe("server");
  expect(tagValue(child?.tags ?? [], "span.kind")).toBe("client");
  expect(tagValue(parent?.tags ?? [], "http.method")).toBe("GET");
  // Zipkin knows only text.
  expect(String(tagValue(parent?.tags ?? [], "answer"))).toBe("42");
  expect(String(tagValue(child?.tags ?? [], "error"))).toMatch(/true|no luck/);
  const startMs = (parent?.startTime ?? 0) / 1000;
  expect(Math.abs(Date.now() - startMs)).toBeLessThan(600_000);
  expect(child?.logs).toHaveLength(1);
}
