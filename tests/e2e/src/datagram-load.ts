import { execFile } from "node:child_process";
import dgram from "node:dgram";
import { type Daemon, type PortName, startDaemon } from "@spoor/test-harness";
import { eventually } from "./query-client.ts";

/** `emitBatch` in Thrift's compact protocol with one span of the service "sender". */
export const ONE_SPAN: Buffer = Buffer.from(
  "82810009656d697442617463681c1c180673656e646572191c1808686f73746e616d6515001804686572650000191c16deb7de9af1d9a2a30216deb7de9af1d9a2a30216d402160018026f7025021680809296a896a2061602000000",
  "hex",
);

/** Sends a datagram every two milliseconds or so until it is stopped, or `limit` times; gives how many it sent. */
export function startSending(port: number, limit: number = Number.POSITIVE_INFINITY) {
  const socket = dgram.createSocket("udp4");
  let sent = 0;
  let over: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const timer = setInterval(() => {
    if (sent >= limit) over();
    // A port that nobody listens to any more is no matter of the sender.
    else socket.send(ONE_SPAN, port, "127.0.0.1", () => undefined);
    if (sent < limit) sent++;
  }, 2);
  return {
    done,
    async stop(): Promise<number> {
      clearInterval(timer);
      await new Promise<void>((resolve) => socket.close(resolve));
      return sent;
    },
  };
}

/** Random datagrams as fast as the rate asks for, from a process of their own. */
export function flood(port: number, packetsPerSecond: number, seconds: number): Promise<number> {
  const source = `
    const socket = require("dgram").createSocket("udp4");
    const packets = Array.from({ length: 64 }, (_, i) => require("crypto").randomBytes(1 + i * 20));
    const start = performance.now();
    let sent = 0;
    socket.connect(${port}, "127.0.0.1", function tick() {
      const ms = performance.now() - start;
      if (ms > ${seconds * 1000}) { console.log(sent); process.exit(0); }
      const due = Math.min(sent + 500, Math.ceil((ms * ${packetsPerSecond}) / 1000));
      for (; sent < due; sent++) socket.send(packets[sent % 64]);
      setTimeout(tick, 1);
    });`;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["-e", source], (error, stdout) => (error ? reject(error) : resolve(Number(stdout))));
  });
}

/** A collector that keeps nothing but counts. */
export function startCountingCollector(args: readonly string[] = [], ports?: Daemon["ports"]): Promise<Daemon> {
  return startDaemon("collector", {
    env: { SPAN_STORAGE_TYPE: "blackhole", OTEL_TRACES_SAMPLER: "always_off" },
    args,
    ...(ports === undefined ? {} : { ports }),
  });
}

/** The sum of a metric over its labels. */
export async function metric(daemon: Daemon, name: string, port: PortName = "admin"): Promise<number> {
  const text = await (await fetch(daemon.url(port, "/metrics"))).text();
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Spans a collector acknowledged, once they are `count` or more. */
export function received(collector: Daemon, count: number): Promise<number> {
  return eventually(
    () => metric(collector, "jaeger_collector_spans_received_total"),
    (spans) => spans >= count,
    30_000,
  );
}
