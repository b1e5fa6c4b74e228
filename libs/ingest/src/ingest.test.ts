import { EncodedProcess, EncodedSpan, encodeSpans, NO_PROCESS } from "@spoor/span-wire";
import { StorageError } from "@spoor/storage-api";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { createIngest, type IngestOptions } from "./ingest.ts";
import { commonTags, RecordingWriter, testBatch, testSpan } from "./test-batches.ts";

function setUp(options: Partial<IngestOptions> = {}) {
  const writer = new RecordingWriter();
  const registry = new Registry();
  const ingest = createIngest({
    writer,
    registry,
    logger: pino({ level: "silent" }),
    maxInFlightBytes: 10_000,
    host: "here",
    ...options,
  });
  const samples = async (name: string) =>
    (await registry.getMetricsAsJSON())
      .filter((metric) => metric.name === name)
      .flatMap((metric) => metric.values as readonly { value: number; labels: Record<string, string> }[]);
  const ledger = async () => {
    const rows = await samples("spoor_ledger_spans_total");
    const of = (state: string) =>
      rows.filter(({ labels }) => labels.state === state).reduce((n, { value }) => n + value, 0);
    const [inFlight] = await samples("spoor_ledger_spans_in_flight");
    const account = {
      received: of("received"),
      stored: of("stored"),
      sampledOut: of("sampled_out"),
      refused: of("refused"),
      inFlight: inFlight?.value ?? Number.NaN,
    };
    expect(account.stored + account.sampledOut + account.refused + account.inFlight).toBe(account.received);
    return account;
  };
  return { ingest, writer, samples, ledger };
}

function withProcess(process: EncodedProcess): EncodedSpan {
  const [span] = encodeSpans([testSpan()]) as [EncodedSpan];
  return new EncodedSpan(span.buffer, span.start, span.end, process, span.traceIdStart, span.flags, span.isRoot);
}

/** Opens when told. */
function gate() {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe("what reaches the store", () => {
  test("a batch that needs nothing keeps its very spans", async () => {
    const { ingest, writer } = setUp();
    const batch = testBatch([testSpan(), testSpan()]);
    await ingest.write(batch);
    expect(writer.batches[0]?.spans).toBe(batch.spans);
  });

  test("spans of the Jaeger formats get the format tag, those of OTLP and Zipkin do not", async () => {
    const { ingest, writer } = setUp();
    for (const format of ["proto", "jaeger", "otlp", "zipkin"] as const) {
      await ingest.write(testBatch([testSpan()], { format }));
    }
    expect(writer.batches.map(commonTags)).toEqual([["@jaeger@format=proto"], ["@jaeger@format=jaeger"], [], []]);
  });

  test("a span without a process and one without a service name get v1's names", async () => {
    const { ingest, writer } = setUp();
    const nameless = testSpan({ process: { serviceName: "", tags: [{ key: "a", type: "int64", value: 5n }] } });
    await ingest.write(testBatch([], { spans: [withProcess(NO_PROCESS), ...encodeSpans([nameless])] }));
    expect(writer.processes).toEqual([
      { serviceName: "null-process-and-service-name", tags: [] },
      { serviceName: "empty-service-name", tags: [{ key: "a", type: "int64", value: 5n }] },
    ]);
  });

  test("a service name that is no UTF-8 is stored as valid UTF-8", async () => {
    const { ingest, writer } = setUp();
    const bytes = Uint8Array.of(0x0a, 3, 0x61, 0xff, 0x62);
    await ingest.write(testBatch([], { spans: [withProcess(new EncodedProcess(bytes, "a\ufffdb"))] }));
    const stored = writer.batches[0]?.spans[0]?.process.bytes ?? new Uint8Array();
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(stored.subarray(2))).not.toThrow();
    expect(writer.processes[0]?.serviceName).toBe("a\ufffdb");
  });

  test("an empty batch is acknowledged without troubling the store", async () => {
    const { ingest, writer } = setUp();
    await ingest.write(testBatch([]));
    expect(writer.batches).toEqual([]);
  });
});

describe("collector tags", () => {
  const collectorTags = [
    { key: "zone", value: "b" },
    { key: "env", value: "prod" },
  ];
  const process = {
    serviceName: "cart",
    tags: [
      { key: "zone", type: "string", value: "a" },
      { key: "env", type: "string", value: "prod" },
    ],
  } as const;

  test("on Jaeger formats they join sorted, the same key and value once, another value beside", async () => {
    const { ingest, writer } = setUp({ collectorTags });
    await ingest.write(testBatch([testSpan({ process })]));
    expect(writer.processes[0]?.tags.map((tag) => ("value" in tag ? `${tag.key}=${tag.value}` : ""))).toEqual([
      "env=prod",
      "zone=a",
      "zone=b",
    ]);
  });

  test("on OTLP an existing key wins and new ones come last", async () => {
    const { ingest, writer } = setUp({ collectorTags: [...collectorTags, { key: "a", value: "1" }] });
    await ingest.write(testBatch([testSpan({ process })], { format: "otlp" }));
    expect(writer.processes[0]?.tags.map((tag) => ("value" in tag ? `${tag.key}=${tag.value}` : ""))).toEqual([
      "zone=a",
      "env=prod",
      "a=1",
    ]);
  });

  test("spans of one process still share one process object, across batches too", async () => {
    const { ingest, writer } = setUp({ collectorTags });
    await ingest.write(testBatch([testSpan({ process }), testSpan({ process })]));
    await ingest.write(testBatch([testSpan({ process })]));
    const stored = writer.batches.flatMap(({ spans }) => spans.map((span) => span.process));
    expect(new Set(stored).size).toBe(1);
  });

  test("a span without a process does not stop the others", async () => {
    const { ingest, writer } = setUp({ collectorTags });
    await ingest.write(testBatch([], { spans: [withProcess(NO_PROCESS), ...encodeSpans([testSpan()])] }));
    expect(writer.processes.map(({ serviceName }) => serviceName)).toEqual([
      "null-process-and-service-name",
      "frontend",
    ]);
  });
});

describe("the ledger", () => {
  test("balances while writes are open, and after they settled either way", async () => {
    const { ingest, writer, ledger } = setUp();
    const { promise, open } = gate();
    writer.gate = promise;
    const first = ingest.write(testBatch([testSpan(), testSpan()]));
    expect(await ledger()).toEqual({ received: 2, stored: 0, sampledOut: 0, refused: 0, inFlight: 2 });
    open();
    await first;
    writer.failure = new StorageError("UNAVAILABLE", "disk gone");
    await expect(ingest.write(testBatch([testSpan()]))).rejects.toThrow("disk gone");
    expect(await ledger()).toEqual({ received: 3, stored: 2, sampledOut: 0, refused: 1, inFlight: 0 });
  });

  test("names the reason of a refusal", async () => {
    const { ingest, writer, samples } = setUp();
    writer.failure = new StorageError("REJECTED", "no");
    await expect(ingest.write(testBatch([testSpan()]))).rejects.toThrow("no");
    writer.failure = new TypeError("broken");
    await expect(ingest.write(testBatch([testSpan()]))).rejects.toThrow("broken");
    const refused = (await samples("spoor_ledger_spans_total")).filter(({ labels }) => labels.state === "refused");
    expect(refused.map(({ labels }) => labels.reason)).toEqual(["rejected", "unknown"]);
  });

  test("counts spans that downsampling leaves out, and stores nothing for a trace that goes entirely", async () => {
    const { ingest, writer, ledger, samples } = setUp({ downsamplingRatio: 0 });
    await ingest.write(testBatch([testSpan(), testSpan()]));
    expect(writer.batches).toEqual([]);
    expect(await ledger()).toMatchObject({ received: 2, sampledOut: 2, inFlight: 0 });
    const [dropped] = await samples("jaeger_downsampling_writer_spans_dropped_total");
    expect(dropped?.value).toBe(2);
  });
});

describe("a batch that is admitted", () => {
  test("counts once, however often it is written, and span by span in the end", async () => {
    const { ingest, writer, ledger, samples } = setUp();
    const batch = testBatch([testSpan(), testSpan(), testSpan()]);
    const admitted = ingest.admit(batch);
    writer.failure = new StorageError("UNAVAILABLE", "away");
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(admitted.write(admitted.spans)).rejects.toThrow("away");
    }
    expect(await ledger()).toEqual({ received: 3, stored: 0, sampledOut: 0, refused: 0, inFlight: 3 });
    writer.failure = undefined;
    await admitted.write(admitted.spans.slice(1));
    admitted.settle(admitted.spans.slice(0, 1), new StorageError("REJECTED", "no"));
    expect(await ledger()).toEqual({ received: 3, stored: 2, sampledOut: 0, refused: 1, inFlight: 0 });
    const saved = await samples("jaeger_collector_spans_saved_by_svc_total");
    expect(saved.map(({ value, labels }) => `${labels.result} ${value}`).sort()).toEqual(["err 1", "ok 2"]);
    await ingest.drained();
  });

  test("counts nothing while there is no room, and has been shaped", async () => {
    const { ingest, ledger } = setUp({ maxInFlightBytes: 1500 });
    const first = ingest.admit(testBatch([], { spans: [withProcess(NO_PROCESS)] }));
    expect(first.spans[0]?.process.serviceName).toBe("null-process-and-service-name");
    expect(() => ingest.admit(testBatch([testSpan()]))).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
    expect(await ledger()).toMatchObject({ received: 1, inFlight: 1 });
    first.settle([]);
    ingest.admit(testBatch([testSpan()])).settle([]);
    expect(await ledger()).toMatchObject({ received: 2, stored: 2, inFlight: 0 });
  });
});

describe("admission", () => {
  test("refuses what passes the bound, with a time to come back, and recovers", async () => {
    const { ingest, writer, ledger, samples } = setUp({ maxInFlightBytes: 1500 });
    const { promise, open } = gate();
    writer.gate = promise;
    const first = ingest.write(testBatch([testSpan()]));
    const refusal = await ingest.write(testBatch([testSpan()])).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "OVERLOADED", retryable: true, retryAfterMs: 1000 });
    expect(await ledger()).toMatchObject({ received: 2, refused: 1, inFlight: 1 });
    expect((await samples("jaeger_collector_spans_dropped_total"))[0]?.value).toBe(1);
    open();
    await first;
    await ingest.write(testBatch([testSpan()]));
    expect(await ledger()).toMatchObject({ stored: 2, inFlight: 0 });
  });

  test("lets a batch larger than the bound in when it is alone", async () => {
    const { ingest, writer } = setUp({ maxInFlightBytes: 10 });
    await ingest.write(testBatch([testSpan()]));
    expect(writer.batches).toHaveLength(1);
  });

  test("a bound on spans refuses too", async () => {
    const { ingest, writer } = setUp({ maxInFlightSpans: 2 });
    const { promise, open } = gate();
    writer.gate = promise;
    const first = ingest.write(testBatch([testSpan(), testSpan()]));
    await expect(ingest.write(testBatch([testSpan()]))).rejects.toMatchObject({ code: "OVERLOADED" });
    open();
    await first;
  });
});

describe("stopping", () => {
  test("waits for the last write, or for the signal", async () => {
    const { ingest, writer } = setUp();
    await ingest.drained();
    const { promise, open } = gate();
    writer.gate = promise;
    const write = ingest.write(testBatch([testSpan()]));
    const impatient = new AbortController();
    const given = ingest.drained(impatient.signal);
    impatient.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    let drained = false;
    const waiting = ingest.drained().then(() => {
      drained = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    open();
    await Promise.all([write, waiting]);
  });
});

describe("v1's metrics", () => {
  test("tell apart service, debug flag, format, transport and sampler", async () => {
    const { ingest, samples } = setUp();
    const sampled = [{ key: "sampler.type", type: "string", value: "const" }] as const;
    const child = [
      { type: "CHILD_OF", traceId: "0123456789abcdef0123456789abcdef", spanId: "00000000000000bb" },
    ] as const;
    await ingest.write(
      testBatch(
        [
          testSpan({ serviceName: "My Shop", tags: sampled }),
          testSpan({ serviceName: "My Shop", flags: 3, references: child }),
          testSpan({ serviceName: "" }),
        ],
        { transport: "http" },
      ),
    );
    const spans = await samples("jaeger_collector_spans_received_total");
    expect(spans).toContainEqual({
      value: 1,
      labels: { svc: "my_shop", debug: "true", format: "proto", transport: "http" },
    });
    expect(spans.map(({ labels }) => `${labels.svc} ${labels.debug}`).sort()).toEqual([
      "__unknown false",
      "my_shop false",
      "my_shop true",
    ]);
    const traces = await samples("jaeger_collector_traces_received_total");
    expect(traces.map(({ labels }) => `${labels.svc} ${labels.sampler_type}`).sort()).toEqual([
      "__unknown unrecognized",
      "my_shop const",
    ]);
    const saved = await samples("jaeger_collector_spans_saved_by_svc_total");
    expect(saved.map(({ labels }) => `${labels.svc} ${labels.result}`).sort()).toEqual([
      "empty-service-name ok",
      "my_shop ok",
      "my_shop ok",
    ]);
  });

  test("a failed write counts as err", async () => {
    const { ingest, writer, samples } = setUp();
    writer.failure = new StorageError("UNAVAILABLE", "gone");
    await ingest.write(testBatch([testSpan()])).catch(() => undefined);
    expect(await samples("jaeger_collector_spans_saved_by_svc_total")).toEqual([
      { value: 1, labels: { svc: "frontend", debug: "false", result: "err" } },
    ]);
  });
});
