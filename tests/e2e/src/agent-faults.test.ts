import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Daemon, freePorts, startDaemon } from "@spoor/test-harness";
import { afterEach, describe, expect, it } from "vitest";
import { makeCertificate } from "./certificates.ts";
import { flood, metric, received, startCountingCollector, startSending } from "./datagram-load.ts";
import { latenciesOf } from "./latency.ts";
import { eventually } from "./query-client.ts";
import { runApp } from "./run-app.ts";

const SUBMITTED = "jaeger_agent_reporter_spans_submitted_total";
const FAILED = "jaeger_agent_reporter_spans_failures_total";
const PROCESSED = "jaeger_agent_thrift_udp_server_packets_processed_total";
const HANDLER_ERRORS = "jaeger_agent_thrift_udp_t_processor_handler_errors_total";
const KERNEL_DROPS = "spoor_udp_kernel_dropped_packets_total";

const started: Daemon[] = [];
async function keep(starting: Promise<Daemon>): Promise<Daemon> {
  const daemon = await starting;
  started.push(daemon);
  return daemon;
}
const startAgent = (collector: string, args: readonly string[] = []) =>
  keep(startDaemon("agent", { args: [`--reporter.grpc.host-port=${collector}`, ...args] }));

afterEach(async () => {
  for (const daemon of started.splice(0)) await daemon.stop();
});

describe("an agent", () => {
  it("keeps spans while its collector is away, and loses none when it comes back", async () => {
    const ports = await freePorts();
    const agent = await startAgent(`127.0.0.1:${ports.collectorGrpc}`);
    const early = startSending(agent.ports.agentCompact, 1500);
    await early.done;
    await early.stop();
    await eventually(
      () => metric(agent, PROCESSED),
      (count) => count === 1500,
    );
    const collector = await keep(startCountingCollector([], ports));
    expect(await received(collector, 1500)).toBe(1500);

    const sending = startSending(agent.ports.agentCompact);
    expect(await collector.stop()).toBe(0);
    await delay(1000);
    const again = await keep(startCountingCollector([], ports));
    await received(again, 100);
    const sent = 1500 + (await sending.stop());
    await eventually(
      () => metric(agent, SUBMITTED),
      (spans) => spans >= sent,
    );
    expect(await metric(agent, SUBMITTED)).toBe(sent);
    for (const name of [FAILED, HANDLER_ERRORS, KERNEL_DROPS]) expect(await metric(agent, name)).toBe(0);
  });

  it("hands over what it holds when it is stopped under load, and exits with 0", async () => {
    const ports = await freePorts();
    const agent = await startAgent(`127.0.0.1:${ports.collectorGrpc}`);
    const sending = startSending(agent.ports.agentCompact);
    await eventually(
      () => metric(agent, PROCESSED),
      (count) => count >= 300,
    );
    const before = await metric(agent, PROCESSED);
    const stopping = agent.stop();
    const collector = await keep(startCountingCollector([], ports));
    expect(await stopping).toBe(0);
    await sending.stop();
    expect(await received(collector, before)).toBeGreaterThanOrEqual(before);
  });

  it("lives through a flood of garbage, counts it, and serves its other ports", async () => {
    const collector = await keep(startCountingCollector());
    const agent = await startAgent(`127.0.0.1:${collector.ports.collectorGrpc}`);
    const flooding = flood(agent.ports.agentCompact, 50_000, 3);
    await latenciesOf(async () => {
      const reply = await fetch(agent.url("agentHttp", "/sampling?service=sender"));
      expect(reply.status).toBe(200);
      await reply.text();
    }, flooding);
    const sent = await flooding;
    const counted = await eventually(
      async () => (await metric(agent, HANDLER_ERRORS)) + (await metric(agent, KERNEL_DROPS)),
      (count) => count >= sent,
    );
    expect(counted).toBe(sent);
    const good = startSending(agent.ports.agentBinary, 1);
    await good.done;
    await good.stop();
    const compact = startSending(agent.ports.agentCompact, 10);
    await compact.done;
    await compact.stop();
    expect(await received(collector, 10)).toBe(10);
  });

  it("takes other certificates while spans flow, on both ends, without a failed call", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spoor-agent-tls-"));
    const at = (name: string) => join(directory, name);
    for (const name of ["first", "second"]) makeCertificate(at(`${name}.pem`), at(`${name}.key`));
    const install = (name: string) => {
      copyFileSync(at(`${name}.key`), at("server.key"));
      copyFileSync(at(`${name}.pem`), at("server.pem"));
    };
    install("first");
    copyFileSync(at("first.pem"), at("ca.pem"));
    const collector = await keep(
      startCountingCollector([
        "--collector.grpc.tls.enabled=true",
        `--collector.grpc.tls.cert=${at("server.pem")}`,
        `--collector.grpc.tls.key=${at("server.key")}`,
        "--collector.grpc.tls.reload-interval=100ms",
        // Connections are made again and again, so that new certificates are used.
        "--collector.grpc-server.max-connection-age=500ms",
      ]),
    );
    const agent = await startAgent(`localhost:${collector.ports.collectorGrpc}`, [
      "--reporter.grpc.tls.enabled=true",
      `--reporter.grpc.tls.ca=${at("ca.pem")}`,
    ]);
    const reloaded = (daemon: Daemon) =>
      eventually(
        async () => daemon.output(),
        (text) => text.includes("Certificates were changed and are in use"),
      );
    const sending = startSending(agent.ports.agentCompact);
    await received(collector, 100);
    writeFileSync(at("ca.pem"), readFileSync(at("first.pem"), "utf8") + readFileSync(at("second.pem"), "utf8"));
    await reloaded(agent);
    install("second");
    await reloaded(collector);
    await received(collector, (await metric(collector, "jaeger_collector_spans_received_total")) + 1000);
    const sent = await sending.stop();
    expect(await received(collector, sent)).toBe(sent);
    expect(await metric(agent, FAILED)).toBe(0);
    expect(agent.output()).not.toContain("Could not send spans");
    rmSync(directory, { recursive: true });
  });

  it.each([
    ["processor.jaeger-compact.workers", "x"],
    ["processor.jaeger-compact.workers", "-1"],
    ["processor.jaeger-binary.server-queue-size", "-5"],
    ["processor.zipkin-compact.server-host-port", ":99999"],
    ["reporter.type", "http"],
    ["reporter.grpc.host-port", ""],
    ["reporter.grpc.retry.max", "-1"],
    ["reporter.grpc.tls.ca", "/nonexistent"],
    ["agent.tags", "novalue"],
    ["http-server.host-port", "nonsense"],
  ])("says which flag is wrong and exits with 1: --%s=%s", async (flag, value) => {
    const ports = await freePorts();
    const { code, output } = await runApp(
      "agent",
      [
        ...(flag === "reporter.grpc.host-port" ? [] : ["--reporter.grpc.host-port=127.0.0.1:1"]),
        ...(flag.startsWith("reporter.grpc.tls") ? ["--reporter.grpc.tls.enabled=true"] : []),
        `--${flag}=${value}`,
      ],
      {
        ADMIN_HTTP_HOST_PORT: `:${ports.admin}`,
        HTTP_SERVER_HOST_PORT: `:${ports.agentHttp}`,
        PROCESSOR_JAEGER_COMPACT_SERVER_HOST_PORT: `:${ports.agentCompact}`,
        PROCESSOR_JAEGER_BINARY_SERVER_HOST_PORT: `:${ports.agentBinary}`,
        PROCESSOR_ZIPKIN_COMPACT_SERVER_HOST_PORT: `:${ports.agentZipkin}`,
      },
    );
    expect(output).toContain(`--${flag}`);
    expect(code).toBe(1);
  });
});
