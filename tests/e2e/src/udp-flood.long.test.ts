import dgram from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import { type Daemon, startDaemon } from "@spoor/test-harness";
import { afterEach, expect, it } from "vitest";
import { flood, metric, ONE_SPAN } from "./datagram-load.ts";
import { latenciesOf, percentile } from "./latency.ts";
import { eventually, postOtlp } from "./query-client.ts";

const PACKETS_PER_SECOND = 50_000;
const SECONDS = 30;
const QUIET_MS = 15_000;
const HANDLER_ERRORS = "jaeger_agent_thrift_udp_t_processor_handler_errors_total";
const KERNEL_DROPS = "spoor_udp_kernel_dropped_packets_total";
/** Below this many milliseconds a p99 says more of the machine, on which the flood and the probes run as well, than of the daemon. */
const NOISE_MS = 5;

/** Somebody else may have had the cores just then. */
const ON_A_BUSY_MACHINE = { timeout: 120_000, retry: 1 };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...parameters: Parameters<typeof startDaemon>): Promise<Daemon> {
  const daemon = await startDaemon(...parameters);
  closing.push(() => daemon.stop());
  return daemon;
}

const raw = (bytes: Buffer): Buffer => bytes;
const unary = (path: string) => ({
  ...{ path, requestStream: false, responseStream: false, requestSerialize: raw, requestDeserialize: raw },
  ...{ responseSerialize: raw, responseDeserialize: raw },
});
/** `jaeger.api_v2.SamplingStrategyResponse`: one half. */
const STRATEGY = Buffer.from("120909000000000000e03f", "hex");

/** A collector that answers at once; `next` resolves when spans come. */
async function startSink() {
  let called: () => void = () => undefined;
  const server = new Server();
  server.addService(
    {
      postSpans: unary("/jaeger.api_v2.CollectorService/PostSpans"),
      getSamplingStrategy: unary("/jaeger.api_v2.SamplingManager/GetSamplingStrategy"),
    },
    {
      postSpans(_: unknown, done: sendUnaryData<Buffer>) {
        called();
        done(null, Buffer.alloc(0));
      },
      getSamplingStrategy: (_: unknown, done: sendUnaryData<Buffer>) => done(null, STRATEGY),
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  closing.push(async () => server.forceShutdown());
  return {
    port,
    next: () =>
      new Promise<void>((resolve) => {
        called = resolve;
      }),
  };
}

type Probes = Readonly<Record<string, () => Promise<unknown>>>;

async function p99Of(probes: Probes, until: Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const measured = Object.entries(probes).map(async ([name, call]) => {
    const latencies = await latenciesOf(call, until);
    return [name, percentile(latencies, 0.99)] as const;
  });
  return Object.fromEntries(await Promise.all(measured));
}

/** Floods the port for Thrift binary; prints and checks what the others' answers take before and meanwhile. */
async function floodWhile(daemon: Daemon, probes: Probes): Promise<void> {
  // Code gets warm.
  await p99Of(probes, delay(5000));
  const quiet = await p99Of(probes, delay(QUIET_MS));
  const flooding = flood(daemon.ports.agentBinary, PACKETS_PER_SECOND, SECONDS);
  const flooded = await p99Of(probes, flooding);
  const sent = await flooding;
  const counted = await eventually(
    async () => (await metric(daemon, HANDLER_ERRORS)) + (await metric(daemon, KERNEL_DROPS)),
    (count) => count >= sent,
  );
  const dropped = await metric(daemon, KERNEL_DROPS);
  const lines = Object.keys(probes).map(
    (name) => `  ${name}: p99 ${quiet[name]?.toFixed(1)} ms, flooded ${flooded[name]?.toFixed(1)} ms`,
  );
  process.stdout.write(
    `${Math.round(sent / SECONDS)} datagrams/s, ${dropped} of ${sent} dropped by the kernel\n${lines.join("\n")}\n`,
  );
  expect(counted).toBe(sent);
  expect(sent).toBeGreaterThan(PACKETS_PER_SECOND * SECONDS * 0.9);
  for (const name of Object.keys(probes)) {
    expect(flooded[name], name).toBeLessThanOrEqual(Math.max(2 * (quiet[name] ?? 0), NOISE_MS));
  }
}

const get = (url: string) => async () => {
  const reply = await fetch(url);
  await reply.text();
  if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
};

it(
  "an agent under a flood of garbage answers on its other ports and sends spans on, in twice the time at most",
  ON_A_BUSY_MACHINE,
  async () => {
    const sink = await startSink();
    const agent = await start("agent", { args: [`--reporter.grpc.host-port=127.0.0.1:${sink.port}`] });
    const socket = dgram.createSocket("udp4");
    socket.connect(agent.ports.agentCompact, "127.0.0.1");
    await once(socket, "connect");
    closing.push(async () => socket.close());
    await floodWhile(agent, {
      "health of the admin port": get(agent.url("admin")),
      "sampling strategies": get(agent.url("agentHttp", "/sampling?service=sender")),
      "a span over UDP to the collector": async () => {
        const arrived = sink.next();
        socket.send(ONE_SPAN);
        await arrived;
      },
    });
  },
);

it("so does all-in-one", ON_A_BUSY_MACHINE, async () => {
  const daemon = await start("all-in-one", { env: { SPAN_STORAGE_TYPE: "memory", OTEL_TRACES_SAMPLER: "always_off" } });
  await floodWhile(daemon, {
    "sampling strategies": get(daemon.url("agentHttp", "/sampling?service=sender")),
    "services of the query API": get(daemon.url("queryHttp", "/api/services")),
    "an OTLP request": async () => {
      const { status, text } = await postOtlp(daemon, "{}");
      if (status !== 200) throw new Error(text);
    },
  });
});
