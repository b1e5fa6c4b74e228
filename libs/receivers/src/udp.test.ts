import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { StorageError } from "@spoor/storage-api";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { UdpOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";
import { receiverOptions } from "./testing/receiver-options.ts";
import { startUdp } from "./udp.ts";

const datagrams = JSON.parse(readFileSync(new URL("./fixtures/datagrams.json", import.meta.url), "utf8")) as Record<
  "compact" | "binary" | "zipkinCompact" | "zipkinNoService",
  string
>;

const open: Receiver[] = [];
const client = createSocket("udp4");
client.unref();

afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});

async function start(more: Partial<UdpOptions> = {}) {
  const options = receiverOptions();
  const receiver = await startUdp({ ...options, protocol: "compact", model: "jaeger", ...more });
  open.push(receiver);
  const send = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      client.send(bytes, receiver.address.port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error)));
    });
  const metric = async (name: string): Promise<number> => {
    const found = (await options.registry.getMetricsAsJSON()).find((entry) => entry.name === name);
    return found?.values.reduce((sum, { value }) => sum + Number(value), 0) ?? Number.NaN;
  };
  return { ...options, receiver, send, metric };
}

const bytesOf = (name: keyof typeof datagrams): Buffer => Buffer.from(datagrams[name], "base64");
const PREFIX = "jaeger_agent_thrift_udp_";

describe("an agent's UDP port", () => {
  test.each([
    ["compact", "compact"],
    ["binary", "binary"],
    ["zipkinCompact", "compact"],
  ] as const)("takes %s", async (name, protocol) => {
    const { writer, send, metric } = await start({ protocol });
    await send(bytesOf(name));
    await vi.waitFor(() => expect(writer.spanCount).toBeGreaterThan(0));
    expect(writer.batches[0]).toMatchObject({ format: "proto", transport: "udp", tenant: "" });
    expect(await metric(`${PREFIX}server_packets_processed_total`)).toBe(1);
    expect(await metric(`${PREFIX}server_packet_size`)).toBe(bytesOf(name).length);
    expect(await metric("jaeger_agent_client_stats_batches_received_total")).toBe(name === "zipkinCompact" ? 0 : 1);
  });

  test("counts what cannot be decoded and takes the next", async () => {
    const { writer, send, metric } = await start();
    await send(Buffer.from("garbage"));
    await send(bytesOf("zipkinNoService"));
    await send(bytesOf("compact"));
    await vi.waitFor(() => expect(writer.spanCount).toBeGreaterThan(0));
    expect(await metric(`${PREFIX}t_processor_handler_errors_total`)).toBe(2);
    expect(await metric(`${PREFIX}server_packets_processed_total`)).toBe(3);
  });

  test("tells the log who sent what it dropped, and to which port", async () => {
    const lines: Record<string, unknown>[] = [];
    const warn = (fields: Record<string, unknown>) => lines.push(fields);
    const { send } = await start({ logger: { ...receiverOptions().logger, warn } as unknown as UdpOptions["logger"] });
    await send(Buffer.from("garbage"));
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    const { port } = client.address();
    expect(lines[0]).toMatchObject({ processor: "jaeger-compact", sender: `127.0.0.1:${port}`, packets: 1 });
  });

  test("counts what cannot be written", async () => {
    const { writer, send, metric } = await start();
    writer.failure = new StorageError("UNAVAILABLE", "down");
    await send(bytesOf("compact"));
    await vi.waitFor(async () => expect(await metric(`${PREFIX}t_processor_handler_errors_total`)).toBe(1));
  });

  test("writes the datagrams of one turn together, each with its own process", async () => {
    const { writer, send } = await start({ workers: 1 });
    let release = (): void => {};
    writer.gate = new Promise((resolve) => {
      release = resolve;
    });
    await send(bytesOf("compact"));
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    for (let i = 0; i < 5; i++) await send(bytesOf("compact"));
    // They wait behind the one write that may run.
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    await vi.waitFor(() => expect(writer.batches).toHaveLength(2));
    expect(new Set(writer.batches[1]?.spans.map((span) => span.process)).size).toBe(5);
  });

  test("drops and counts what comes while the queue is full", async () => {
    const { writer, send, metric } = await start({ workers: 1, queueSize: 2 });
    let release = (): void => {};
    writer.gate = new Promise((resolve) => {
      release = resolve;
    });
    await send(bytesOf("compact"));
    await vi.waitFor(() => expect(writer.signals).toHaveLength(1));
    for (let i = 0; i < 6; i++) await send(bytesOf("compact"));
    await vi.waitFor(async () => expect(await metric(`${PREFIX}server_packets_dropped_total`)).toBe(4));
    expect(await metric(`${PREFIX}server_queue_size`)).toBe(2);
    release();
  });

  test("hands on what it has when it closes, and keeps its counts", async () => {
    const { writer, send, receiver, metric } = await start();
    await send(bytesOf("compact"));
    await vi.waitFor(async () => expect(await metric(`${PREFIX}server_packets_processed_total`)).toBe(1));
    await receiver.close();
    expect(writer.spanCount).toBeGreaterThan(0);
    expect(await metric(`${PREFIX}server_packets_processed_total`)).toBe(1);
  });

  test("survives any datagram", async () => {
    const { writer, send, metric } = await start();
    const valid = bytesOf("compact");
    const damaged = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 })
      .map((edits) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of edits) bytes[at] = value;
        return new Uint8Array(bytes);
      });
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 500 }), damaged), async (bytes) => {
        await send(bytes);
        sent++;
        // In step, so that nothing is lost to a full socket buffer.
        await vi.waitFor(async () => expect(await metric(`${PREFIX}server_packets_processed_total`)).toBe(sent), {
          interval: 1,
        });
      }),
      { numRuns: 150, seed: 1 },
    );
    const before = writer.spanCount;
    await send(valid);
    await vi.waitFor(() => expect(writer.spanCount).toBeGreaterThan(before));
  });
});
