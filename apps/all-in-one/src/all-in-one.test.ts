import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { runDaemon } from "@spoor/daemon";
import { afterEach, describe, expect, test } from "vitest";
import { ALL_IN_ONE } from "./wire.ts";

const TCP_FLAGS = [
  "admin.http.host-port",
  "query.http-server.host-port",
  "query.grpc-server.host-port",
  "collector.grpc-server.host-port",
  "collector.http-server.host-port",
  "collector.otlp.grpc.host-port",
  "collector.otlp.http.host-port",
  "collector.zipkin.host-port",
  "http-server.host-port",
] as const;
const UDP_FLAGS = ["zipkin-compact", "jaeger-compact", "jaeger-binary"].map(
  (name) => `processor.${name}.server-host-port`,
);

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Running {
  readonly ports: Readonly<Record<string, number>>;
  readonly stdout: () => string;
  stop(): Promise<number>;
}

const running: Running[] = [];
afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.stop();
});

/** An all-in-one in this process, in memory, on free ports; resolves once it is ready. */
async function launch(args: readonly string[] = [], environment: Record<string, string> = {}): Promise<Running> {
  const ports: Record<string, number> = {};
  for (const flag of TCP_FLAGS) ports[flag] = await freeTcpPort();
  let stdout = "";
  let ready: () => void = () => undefined;
  const whenReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  let requestStop: () => void = () => undefined;
  const stopRequested = new Promise<void>((resolve) => {
    requestStop = resolve;
  });
  const exit = runDaemon(ALL_IN_ONE, {
    args: [
      ...TCP_FLAGS.map((flag) => `--${flag}=127.0.0.1:${ports[flag]}`),
      ...UDP_FLAGS.map((flag) => `--${flag}=127.0.0.1:0`),
      "--log-level=fatal",
      ...args,
    ],
    environment: { SPAN_STORAGE_TYPE: "memory", ...environment },
    stdout: (text) => {
      stdout += text;
      if (text.startsWith("Spoor is ready")) ready();
    },
    stderr: () => undefined,
    stopRequested,
  });
  await Promise.race([
    whenReady,
    exit.then((code) => {
      throw new Error(`ended with ${code}`);
    }),
  ]);
  const daemon = {
    ports,
    stdout: () => stdout,
    stop: () => {
      requestStop();
      return exit;
    },
  };
  running.push(daemon);
  return daemon;
}

async function json(url: string): Promise<{ readonly data: unknown }> {
  const reply = await fetch(url, { headers: { connection: "close" } });
  return (await reply.json()) as { readonly data: unknown };
}

async function eventually<T>(ask: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const value = await ask();
    if (isDone(value) || attempt > 200) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `emitBatch` in Thrift's compact protocol with one span, as a Jaeger client sends it. */
const DATAGRAM = Buffer.from(
  "goEHCWVtaXRCYXRjaBwcGAthbHBoYS1zdmMtOAAZHBbbloHIrL6g8l0W4e+3m7zv+7+6ARbh6Zb2r+SnqNcBFgAYB29wLWxpbWElAhaIo8j1r7uwBha2zSsAAAA=",
  "base64",
);
const OFF = { OTEL_TRACES_SAMPLER: "always_off" };

describe("all-in-one", () => {
  test("shows at once what an application sent, and ends cleanly", async () => {
    const daemon = await launch([], OFF);
    const { ports } = daemon;
    const traceId = "0123456789abcdef0123456789abcdef";
    const span = {
      traceId,
      spanId: "00000000000000aa",
      name: "hello",
      kind: 2,
      startTimeUnixNano: String(Date.now() * 1e6),
      endTimeUnixNano: String(Date.now() * 1e6 + 5000),
    };
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
    const reply = await fetch(`http://127.0.0.1:${ports["collector.otlp.http.host-port"]}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    });
    expect(reply.status).toBe(200);
    await reply.text();
    const query = `http://127.0.0.1:${ports["query.http-server.host-port"]}`;
    expect(await json(`${query}/api/services`)).toMatchObject({ data: ["shop"] });
    expect(await json(`${query}/api/traces/${traceId}`)).toMatchObject({
      data: [{ spans: [{ operationName: "hello" }] }],
    });
    expect(daemon.stdout()).toBe(`Spoor is ready: http://127.0.0.1:${ports["query.http-server.host-port"]}\n`);
    expect(await daemon.stop()).toBe(0);
  });

  test("takes spans over UDP, in the format that they have behind an agent", async () => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(resolve));
    const { ports } = await launch([`--processor.jaeger-compact.server-host-port=127.0.0.1:${port}`], OFF);
    const client = createSocket("udp4");
    const url = `http://127.0.0.1:${ports["query.http-server.host-port"]}/api/traces/a2c008421e49040fd10dbf069b7fda52`;
    const found = await eventually(
      async () => {
        client.send(DATAGRAM, port, "127.0.0.1");
        return json(url);
      },
      ({ data }) => data !== null,
    );
    client.close();
    // The datagram may have been sent more than once.
    const [trace] = found.data as readonly { readonly spans: readonly object[] }[];
    expect(trace?.spans[0]).toMatchObject({ tags: [{ key: "@jaeger@format", value: "proto" }] });
  });

  test("traces its own start and the query API, but nothing that comes in", async () => {
    const { ports } = await launch();
    const query = `http://127.0.0.1:${ports["query.http-server.host-port"]}`;
    const traces = async () =>
      (
        (await json(`${query}/api/traces?service=jaeger-all-in-one&limit=100`)).data as readonly {
          readonly spans: readonly { readonly operationName: string }[];
        }[]
      ).map(({ spans }) => spans.map(({ operationName }) => operationName).sort());
    const found = await eventually(traces, (list) => list.length >= 2);
    expect(found).toContainEqual(["open storage", "start", "start agent", "start collector", "start query"]);
    expect(found).toContainEqual(["GET /api/traces", "find traces"]);
    expect(found.flat().filter((name) => name.includes("v1/traces"))).toEqual([]);
  });

  test("goes on when an agent port is taken", async () => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const daemon = await launch(
      [`--processor.jaeger-compact.server-host-port=127.0.0.1:${socket.address().port}`],
      OFF,
    );
    expect(await daemon.stop()).toBe(0);
    socket.close();
  });

  test("does not start when a port of its own is taken", async () => {
    const { ports } = await launch([], OFF);
    const taken = `--collector.otlp.grpc.host-port=127.0.0.1:${ports["collector.otlp.grpc.host-port"]}`;
    await expect(launch([taken], OFF)).rejects.toThrow("ended with 1");
  });

  test.each([
    ["an unknown sampling type", { SAMPLING_CONFIG_TYPE: "weird" }],
    ["an unknown storage", { SPAN_STORAGE_TYPE: "bogus" }],
    ["an unknown metrics storage", { METRICS_STORAGE_TYPE: "weird" }],
  ])("refuses %s", async (_what, environment) => {
    await expect(launch([], { ...OFF, ...environment })).rejects.toThrow("ended with 1");
  });

  test.each(["--downsampling.ratio=2", "--query.base-path=nolead", "--collector.tags=novalue"])(
    "refuses %s",
    async (arg) => {
      await expect(launch([arg], OFF)).rejects.toThrow("ended with 1");
    },
  );

  test("serves under a base path", async () => {
    const daemon = await launch(["--query.base-path=/jaeger/"], OFF);
    const base = `http://127.0.0.1:${daemon.ports["query.http-server.host-port"]}/jaeger`;
    expect(daemon.stdout()).toContain(base);
    expect(await json(`${base}/api/services`)).toMatchObject({ errors: null });
  });
});
