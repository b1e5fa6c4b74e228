import { once } from "node:events";
import { createServer } from "node:net";
import { type FlagDefinition, type FlagGroup, Lifecycle, Settings } from "@spoor/daemon";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { agentListenerFlags } from "./agent-flags.ts";
import { collectorFlags } from "./collector-flags.ts";
import { corsOptions, grpcLimits, httpLimits } from "./listener-limits.ts";
import { checkMetricsStorageType } from "./metrics-storage.ts";
import { queryFlags } from "./query-flags.ts";
import { samplingFlags, TENANCY_FLAGS } from "./shared-flags.ts";
import { addressOf, startListening } from "./start-part.ts";
import { samplingType } from "./strategies.ts";
import { tenancyOf } from "./tenancy.ts";

function settings(groups: readonly FlagGroup[], values: Readonly<Record<string, string>> = {}): Settings {
  const flags = new Map<string, FlagDefinition>();
  for (const group of groups) for (const flag of group.flags) flags.set(flag.name, flag);
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return new Settings(flags, { commandLine, environment: {}, configFile: new Map() });
}

describe("flags", () => {
  test("have v1's names and defaults", () => {
    const read = settings([
      ...collectorFlags(""),
      ...queryFlags(),
      ...agentListenerFlags(),
      samplingFlags({}),
      TENANCY_FLAGS,
    ]);
    const texts = (...names: readonly string[]) => names.map((name) => read.text(name));
    expect(
      texts(
        "collector.grpc-server.host-port",
        "collector.http-server.host-port",
        "collector.otlp.grpc.host-port",
        "collector.otlp.http.host-port",
        "collector.zipkin.host-port",
        "query.http-server.host-port",
        "query.grpc-server.host-port",
        "http-server.host-port",
        "processor.jaeger-compact.server-host-port",
        "processor.jaeger-binary.server-host-port",
        "processor.zipkin-compact.server-host-port",
      ),
    ).toEqual([":14250", ":14268", ":4317", ":4318", "", ":16686", ":16685", ":5778", ":6831", ":6832", ":5775"]);
    expect(texts("collector.http-server.read-header-timeout", "sampling.default-sampling-probability")).toEqual([
      "2s",
      "0.001",
    ]);
  });

  test("no name stands twice", () => {
    const groups = [...collectorFlags(""), ...queryFlags(), ...agentListenerFlags(), samplingFlags({}), TENANCY_FLAGS];
    const names = groups.flatMap(({ flags }) => flags.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("settings of listeners", () => {
  test("a timeout of 0 is no timeout only when somebody asks for it", () => {
    expect(httpLimits(settings(collectorFlags("")), "collector.http-server")).toEqual({ readHeaderTimeoutMs: 2000 });
    const asked = settings(collectorFlags(""), {
      "collector.http-server.read-timeout": "0s",
      "collector.http-server.idle-timeout": "1m",
    });
    expect(httpLimits(asked, "collector.http-server")).toEqual({
      readHeaderTimeoutMs: 2000,
      readTimeoutMs: 0,
      idleTimeoutMs: 60_000,
    });
  });

  test("gRPC limits and CORS come from their flags", () => {
    const read = settings(collectorFlags(""), {
      "collector.grpc-server.max-message-size": "1000",
      "collector.grpc-server.max-connection-age": "30s",
      "collector.zipkin.cors.allowed-origins": "http://a, http://b",
    });
    expect(grpcLimits(read, "collector.grpc-server", 1)).toEqual({
      maxMessageBytes: 1000,
      maxConnectionAgeMs: 30_000,
      maxConnectionAgeGraceMs: 0,
    });
    expect(corsOptions(read, "collector.zipkin")).toEqual({
      allowedOrigins: ["http://a", "http://b"],
      allowedHeaders: [],
    });
  });

  test("an empty address switches a listener off", () => {
    const read = settings(collectorFlags(""), { "collector.grpc-server.host-port": "127.0.0.1:1" });
    expect(addressOf(read, "collector.zipkin.host-port")).toBeUndefined();
    expect(addressOf(read, "collector.grpc-server.host-port")).toEqual({ host: "127.0.0.1", port: 1 });
  });

  test("a tenant list is read with spaces", () => {
    const read = settings([TENANCY_FLAGS], { "multi-tenancy.enabled": "true", "multi-tenancy.tenants": "a, b" });
    expect(tenancyOf(read).check("b")).toEqual({ ok: true, tenant: "b" });
    expect(tenancyOf(read).check("c")).toMatchObject({ ok: false });
  });
});

describe("starting a listener", () => {
  const GRPC_FLAG = "collector.grpc-server.host-port";
  const logger = pino({ level: "silent" });

  test("hands it to the life cycle", async () => {
    const lifecycle = new Lifecycle(logger);
    let closed = false;
    const flags = settings(collectorFlags(""), { "collector.grpc-server.host-port": "127.0.0.1:7" });
    const close = async () => {
      closed = true;
    };
    expect(
      await startListening(
        { settings: flags, logger, registry: new Registry(), lifecycle },
        "x",
        GRPC_FLAG,
        async (at) => ({
          address: at,
          close,
        }),
      ),
    ).toEqual({ host: "127.0.0.1", port: 7 });
    expect(
      await startListening(
        { settings: flags, logger, registry: new Registry(), lifecycle },
        "x",
        "collector.zipkin.host-port",
        () => {
          throw new Error("its flag is empty");
        },
      ),
    ).toBeUndefined();
    await lifecycle.stop(1000);
    expect(closed).toBe(true);
  });

  test("names the port that is taken, however deep the error is", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    const start = async () => {
      const second = createServer().listen(port, "127.0.0.1");
      await once(second, "listening").catch((cause: unknown) => {
        throw new Error("no luck", { cause });
      });
      throw new Error("unreachable");
    };
    const flags = settings(collectorFlags(""), { [GRPC_FLAG]: `127.0.0.1:${port}` });
    await expect(
      startListening(
        { settings: flags, logger, registry: new Registry(), lifecycle: new Lifecycle(logger) },
        "Jaeger gRPC",
        GRPC_FLAG,
        start,
      ),
    ).rejects.toMatchObject({
      message: `could not start Jaeger gRPC: listen tcp 127.0.0.1:${port}: bind: address already in use`,
      hint: "Choose another address with --collector.grpc-server.host-port or COLLECTOR_GRPC_SERVER_HOST_PORT.",
    });
    server.close();
  });

  test("leaves an error alone that has nothing to do with the address", async () => {
    const flags = settings(collectorFlags(""));
    const error = new Error("no such certificate");
    await expect(
      startListening(
        { settings: flags, logger, registry: new Registry(), lifecycle: new Lifecycle(logger) },
        "x",
        GRPC_FLAG,
        () => Promise.reject(error),
      ),
    ).rejects.toBe(error);
  });
});

describe("the environment", () => {
  test("asks only for what is there", () => {
    for (const type of ["", "file", "static"]) expect(() => samplingType({ SAMPLING_CONFIG_TYPE: type })).not.toThrow();
    expect(() => samplingType({ SAMPLING_CONFIG_TYPE: "weird" })).toThrow("invalid sampling type: weird");
    expect(() => checkMetricsStorageType({ METRICS_STORAGE_TYPE: "weird" })).toThrow('unknown metrics type "weird"');
  });
});
