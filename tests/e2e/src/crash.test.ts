import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { otlpRequest, SPANS_PER_TRACE } from "./otlp-request.ts";
import { eventually, type UiTrace } from "./query-client.ts";

/** The long run kills as often as the promise was made for; the default run shows that it holds at all. */
const KILLS = process.env.SPOOR_LONG_TESTS === "1" ? 20 : 3;
const LANES = 4;
const TRACES_PER_REQUEST = 5;

describe("kill -9 under load", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-crash-"));
  const acknowledged: string[] = [];
  let daemon: Daemon;

  const start = (ports?: Daemon["ports"]) =>
    startDaemon("all-in-one", {
      args: [`--embedded.directory=${directory}`],
      env: { OTEL_TRACES_SAMPLER: "always_off" },
      ...(ports ? { ports } : {}),
    });

  beforeAll(async () => {
    daemon = await start();
  });
  afterAll(async () => {
    await daemon?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it(
    `loses no acknowledged span and shows none twice, ${KILLS} times`,
    async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        const before = acknowledged.length;
        const load = new AbortController();
        const lanes = Array.from({ length: LANES }, () => sendUntil(daemon, load.signal, acknowledged));
        await new Promise((resolve) => setTimeout(resolve, 700 + Math.random() * 800));
        // A kill before the first acknowledgement would prove nothing.
        await eventually(
          async () => acknowledged.length,
          (count) => count > before,
          30_000,
        );
        await daemon.kill();
        load.abort();
        await Promise.all(lanes);
        daemon = await start(daemon.ports);
        await expectComplete(daemon, acknowledged.slice(before));
      }
      await expectComplete(daemon, acknowledged);
    },
    KILLS * 60_000,
  );
});

/** Sends request after request and notes the traces of those that were acknowledged. */
async function sendUntil(daemon: Daemon, signal: AbortSignal, acknowledged: string[]): Promise<void> {
  while (!signal.aborted) {
    const { body, traceIds } = otlpRequest("crash", TRACES_PER_REQUEST);
    const ok = await fetch(daemon.url("otlpHttp", "/v1/traces"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).then(
      (reply) => reply.ok,
      () => false,
    );
    if (ok) acknowledged.push(...traceIds);
  }
}

async function expectComplete(daemon: Daemon, traceIds: readonly string[]): Promise<void> {
  for (let i = 0; i < traceIds.length; i += 50) {
    const ids = traceIds.slice(i, i + 50);
    const reply = await fetch(daemon.url("queryHttp", `/api/traces?${ids.map((id) => `traceID=${id}`).join("&")}`));
    const { data } = (await reply.json()) as { readonly data: readonly UiTrace[] };
    const spanIds = new Map(
      data.map((trace) => [trace.traceID.padStart(32, "0"), trace.spans.map((span) => span.spanID)]),
    );
    for (const id of ids) {
      const found = spanIds.get(id) ?? [];
      expect(found.length, `spans of acknowledged trace ${id}`).toBe(SPANS_PER_TRACE);
      expect(new Set(found).size).toBe(SPANS_PER_TRACE);
    }
  }
}
