import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";
import { type FlagDefinition, Settings } from "@spoor/daemon";
import { afterEach, describe, expect, test } from "vitest";
import { type PlannedSpan, planCall } from "./call-plan.ts";
import { TRACEGEN_FLAGS } from "./flags.ts";
import { Random } from "./random.ts";
import { shapeOf } from "./shapes.ts";
import { SHOP_REQUESTS } from "./shop.ts";
import { SpanSender } from "./span-sender.ts";
import { TraceEmitter } from "./trace-emitter.ts";
import { counted, generate } from "./tracegen.ts";

function settings(values: Readonly<Record<string, string>>): Settings {
  const flags = new Map<string, FlagDefinition>();
  for (const group of TRACEGEN_FLAGS) for (const flag of group.flags) flags.set(flag.name, flag);
  const commandLine = new Map(Object.entries(values).map(([name, text]) => [name, [text]]));
  return new Settings(flags, { commandLine, environment: {}, configFile: new Map() });
}

function* flatten(span: PlannedSpan): Generator<PlannedSpan> {
  yield span;
  for (const child of span.children) yield* flatten(child);
}

describe("requests to the shop", () => {
  const traces = Array.from({ length: 200 }, (_, seed) =>
    SHOP_REQUESTS.map(({ operation }) => planCall(operation, new Random(seed), 0.05)),
  ).flat();
  const spans = traces.flatMap((trace) => [...flatten(trace)]);

  test("pass through eight services", () => {
    expect(new Set(spans.map(({ service }) => service))).toEqual(
      new Set(["frontend", "cart", "catalog", "recommendation", "checkout", "payment", "inventory", "shipping"]),
    );
  });

  test("keep every span within its parent", () => {
    for (const span of spans) {
      expect(span.endMs).toBeGreaterThan(span.startMs);
      for (const child of span.children) {
        expect(child.startMs).toBeGreaterThanOrEqual(span.startMs);
        expect(child.endMs).toBeLessThanOrEqual(span.endMs);
      }
    }
  });

  test("fail now and then, and not at all with an error rate of 0", () => {
    const failed = traces.filter(({ error }) => error !== undefined).length;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(traces.length);
    const clean = SHOP_REQUESTS.flatMap(({ operation }) => [...flatten(planCall(operation, new Random(1), 0))]);
    expect(clean.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test("are the same again with the same seed", () => {
    const shape = () => JSON.stringify(shapeOf(settings({}))(new Random(7)));
    expect(shape()).toBe(shape());
  });
});

describe("shapes", () => {
  const trace = (values: Readonly<Record<string, string>>) => [...flatten(shapeOf(settings(values))(new Random(1)))];

  test("deep is a chain, wide a fan", () => {
    expect(trace({ shape: "deep", spans: "50", "error-rate": "0" })).toHaveLength(50);
    const [root, ...children] = trace({ shape: "wide", spans: "100", "error-rate": "0" });
    expect(root?.children).toHaveLength(100);
    expect(children.every(({ children: below }) => below.length === 0)).toBe(true);
  });

  test("deep and wide have the spans asked for, however much fails", () => {
    for (let seed = 0; seed < 20; seed++) {
      const spans = (values: Readonly<Record<string, string>>) => [
        ...flatten(shapeOf(settings({ ...values, "error-rate": "0.9" }))(new Random(seed))),
      ];
      expect(spans({ shape: "deep", spans: "50" })).toHaveLength(50);
      expect(spans({ shape: "wide", spans: "50" })).toHaveLength(51);
    }
  });

  test("-service alone asks for v1's traces", () => {
    const [root, child] = trace({ service: "foo", attrs: "3" });
    expect(root).toMatchObject({ service: "foo", name: "lets-go", kind: "server" });
    expect(child).toMatchObject({ service: "foo", name: "child-span-00", kind: "client" });
    expect(child?.attributes).toEqual({ key_00: "value_00", key_01: "value_01", key_02: "value_02" });
  });

  test("several services take turns", () => {
    const next = shapeOf(settings({ service: "s", services: "2" }));
    const random = new Random(1);
    expect([next(random), next(random), next(random)].map(({ service }) => service)).toEqual(["s-00", "s-01", "s-00"]);
  });

  test("an unknown one is refused", () => {
    expect(() => shapeOf(settings({ shape: "round" }))).toThrow('unknown shape "round"');
  });
});

describe("sending", () => {
  function recorder(fail = false) {
    const requests: ReadableSpan[][] = [];
    const exporter: SpanExporter = {
      export(spans, done) {
        requests.push(spans);
        done(fail ? { code: 1, error: new Error("refused") } : { code: 0 });
      },
      shutdown: async () => undefined,
    };
    return { requests, exporter };
  }

  test("spans keep their planned times and form one trace", async () => {
    const { requests, exporter } = recorder();
    const sender = new SpanSender(exporter);
    const planned = planCall((SHOP_REQUESTS[0] as (typeof SHOP_REQUESTS)[number]).operation, new Random(3), 0);
    new TraceEmitter(sender).emit(planned, 1_795_423_020_000);
    await sender.close();
    const spans = requests.flat();
    expect(spans).toHaveLength([...flatten(planned)].length);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    const root = spans.find((span) => span.parentSpanContext === undefined);
    const endMs = (root?.endTime[0] ?? 0) * 1000 + (root?.endTime[1] ?? 0) / 1e6;
    expect(endMs).toBeCloseTo(1_795_423_020_000, 0);
  });

  test("requests are bounded, and what could not be sent is counted", async () => {
    const { requests, exporter } = recorder(true);
    const sender = new SpanSender(exporter);
    const emitter = new TraceEmitter(sender);
    const next = shapeOf(settings({ shape: "wide", spans: "1200", "error-rate": "0" }));
    emitter.emit(next(new Random(1)), Date.now());
    await sender.close();
    expect(requests.map((spans) => spans.length)).toEqual([512, 512, 177]);
    expect(sender.failedSpans).toBe(1201);
    expect(sender.lastError?.message).toBe("refused");
  });
});

test("one is not many", () => {
  expect([counted(0, "trace"), counted(1, "trace"), counted(2, "span")]).toEqual(["0 traces", "1 trace", "2 spans"]);
});

describe("a run", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function receiver(status: number): Promise<{ readonly endpoint: string; readonly count: () => number }> {
    let requests = 0;
    server = createServer((request, response) => {
      request.resume();
      request.on("end", () => {
        requests++;
        response.writeHead(status, { "content-type": "application/x-protobuf", connection: "close" }).end();
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => requests };
  }

  test("sends over OTLP and ends with 0", async () => {
    const { endpoint, count } = await receiver(200);
    const code = await generate(
      settings({ endpoint, traces: "20", workers: "3", seed: "5" }),
      new AbortController().signal,
    );
    expect(code).toBe(0);
    expect(count()).toBeGreaterThan(0);
  });

  test("says at once that nothing listens", async () => {
    const { endpoint } = await receiver(200);
    server?.close();
    server?.closeAllConnections();
    for (const exporter of ["otlp-http", "otlp-grpc"])
      await expect(
        generate(settings({ endpoint, "trace-exporter": exporter }), new AbortController().signal),
      ).rejects.toMatchObject({
        code: "UNREACHABLE",
        message: `cannot reach a receiver at ${endpoint}: connection refused`,
      });
    await expect(
      generate(settings({ endpoint: "http://no.such.host.invalid:4318" }), new AbortController().signal),
    ).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  test("ends with 1 when the receiver refuses", async () => {
    const { endpoint } = await receiver(400);
    expect(await generate(settings({ endpoint }), new AbortController().signal)).toBe(1);
  });

  test("stops when told, though it had more to do", async () => {
    const { endpoint } = await receiver(200);
    const stop = new AbortController();
    const run = generate(settings({ endpoint, duration: "1h", rate: "5" }), stop.signal);
    stop.abort();
    expect(await run).toBe(0);
  });
});
