import { readFileSync } from "node:fs";
import type { Span } from "@spoor/span-model";
import { comparableSpans, spansOfV1Trace, type V1Trace } from "@spoor/span-testkit";
import { decodeSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeOtlpProtobuf, decodeOtlpTracesData } from "../decode.ts";
import { Request } from "../testing/otlp-proto.ts";
import { encodeOtlpJson, encodeOtlpProtobuf } from "./index.ts";

interface Pair {
  readonly name: string;
  /** From `/api/traces/ID`. */
  readonly trace: V1Trace;
  /** From `/api/v3/traces/ID`. */
  readonly otlp: unknown;
}

const pairs = JSON.parse(readFileSync(new URL("../fixtures/v3.json", import.meta.url), "utf8")) as Pair[];

/** Sorts what v1 leaves open: the order of attributes, groups and spans. */
function normalised(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(normalised).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalised(item)]));
}

/** What protobufjs reads, in the form of OTLP/JSON. */
function viaProtobufjs(bytes: Uint8Array): unknown {
  const object = Request.toObject(Request.decode(bytes), { longs: String, bytes: String });
  return rename(object);
}

function rename(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item));
  if (typeof value === "string" && /^(traceId|spanId|parentSpanId)$/.test(key)) {
    return Buffer.from(value, "base64").toString("hex");
  }
  if (value === null || typeof value !== "object") return value;
  // protobufjs drops empty bytes; a root's parent is "" in JSON.
  const defaults = "traceId" in value && "status" in value ? { parentSpanId: "" } : {};
  return {
    ...defaults,
    ...Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rename(item, name)])),
  };
}

describe.each(pairs)("trace of $name", ({ trace, otlp }) => {
  const spans = spansOfV1Trace(trace);

  it("has v1's form as OTLP/JSON", () => {
    expect(normalised(JSON.parse(encodeOtlpJson(spans)))).toEqual(normalised(otlp));
  });

  it("has the same content as protobuf", () => {
    expect(viaProtobufjs(encodeOtlpProtobuf(spans))).toEqual(JSON.parse(encodeOtlpJson(spans)));
  });

  it("comes back as it was, but for kinds and status that OTLP spells out", () => {
    const back = decodeOtlpProtobuf(encodeOtlpProtobuf(spans));
    expect(back.length).toBe(spans.length);
    const json = decodeOtlpTracesData(encodeOtlpJson(spans));
    expect(comparableSpans(json.map(decodeSpan))).toEqual(comparableSpans(back.map(decodeSpan)));
  });
});

const BASE: Span = {
  traceId: "000000000000000000000000000000aa",
  spanId: "00000000000000bb",
  operationName: "op",
  references: [],
  flags: 1,
  startTimeNs: 5n,
  durationNs: 7n,
  tags: [],
  logs: [],
  process: { serviceName: "s", tags: [] },
  warnings: [],
};

function encoded(change: Partial<Span>) {
  const { resourceSpans } = JSON.parse(encodeOtlpJson([{ ...BASE, ...change }]));
  const [{ resource, scopeSpans }] = resourceSpans;
  return { resource, scope: scopeSpans[0].scope, span: scopeSpans[0].spans[0] };
}

describe("OTLP of a span", () => {
  it("names the parent and keeps other references as links with their type", () => {
    const { span } = encoded({
      references: [
        { type: "FOLLOWS_FROM", traceId: "00000000000000000000000000000001", spanId: "0000000000000002" },
        { type: "CHILD_OF", traceId: BASE.traceId, spanId: "0000000000000003" },
      ],
    });
    expect(span.parentSpanId).toBe("0000000000000003");
    expect(span.links).toEqual([
      {
        traceId: "00000000000000000000000000000001",
        spanId: "0000000000000002",
        attributes: [{ key: "opentracing.ref_type", value: { stringValue: "follows_from" } }],
      },
    ]);
  });

  it("takes scope, kind, status and trace state out of the tags", () => {
    const { span, scope } = encoded({
      tags: [
        { key: "otel.scope.name", type: "string", value: "lib" },
        { key: "otel.scope.version", type: "string", value: "2" },
        { key: "span.kind", type: "string", value: "client" },
        { key: "error", type: "bool", value: true },
        { key: "otel.status_code", type: "string", value: "ERROR" },
        { key: "otel.status_description", type: "string", value: "broken" },
        { key: "w3c.tracestate", type: "string", value: "a=b" },
      ],
    });
    expect(scope).toEqual({ name: "lib", version: "2" });
    expect(span).toMatchObject({ kind: 3, status: { code: 2, message: "broken" }, traceState: "a=b" });
    expect(span.attributes).toBeUndefined();
  });

  it.each([
    [404n, "client", 2],
    [404n, "server", undefined],
    [404n, "internal", 2],
    [503n, "server", 2],
    [302n, "client", undefined],
  ])("has the status of http.status_code %s for a %s", (code, kind, expected) => {
    const { span } = encoded({
      tags: [
        { key: "http.status_code", type: "int64", value: code },
        { key: "span.kind", type: "string", value: kind },
      ],
    });
    expect(span.status.code).toBe(expected);
    expect(span.attributes).toHaveLength(1);
  });

  it("gives hostname and jaeger.version their OpenTelemetry names", () => {
    const { resource } = encoded({
      process: {
        serviceName: "",
        tags: [
          { key: "hostname", type: "string", value: "h" },
          { key: "jaeger.version", type: "string", value: "Go-2" },
        ],
      },
    });
    expect(resource.attributes).toEqual([
      { key: "host.name", value: { stringValue: "h" } },
      { key: "opencensus.exporterversion", value: { stringValue: "Jaeger-Go-2" } },
    ]);
  });

  it("carries every type of value in protobuf and JSON alike", () => {
    const span: Span = {
      ...BASE,
      tags: [
        { key: "", type: "string", value: "" },
        { key: "t", type: "bool", value: true },
        { key: "f", type: "bool", value: false },
        { key: "i", type: "int64", value: -(2n ** 63n) },
        { key: "z", type: "int64", value: 0n },
        { key: "d", type: "float64", value: 1e21 },
        { key: "b", type: "binary", value: new Uint8Array([0, 255]) },
        { key: "e", type: "binary", value: new Uint8Array(0) },
        { key: "u", type: "unknown", code: 9 },
        { key: "h", type: "string", value: "<\u2028>" },
      ],
      logs: [{ timestampNs: -1n, fields: [{ key: "event", type: "string", value: "e" }] }],
      startTimeNs: -5n,
      warnings: ["w"],
    };
    expect(viaProtobufjs(encodeOtlpProtobuf([span]))).toEqual(JSON.parse(encodeOtlpJson([span])));
    expect(encodeOtlpJson([span])).toContain('\\u003cUnknown Jaeger TagType \\"9\\"\\u003e');
    expect(encodeOtlpJson([span])).toContain("\\u003c\\u2028\\u003e");
  });

  it("groups equal processes though they are different objects", () => {
    const other = { ...BASE, spanId: "00000000000000cc", process: { serviceName: "s", tags: [] } };
    const { resourceSpans } = JSON.parse(encodeOtlpJson([BASE, other]));
    expect(resourceSpans).toHaveLength(1);
    expect(resourceSpans[0].scopeSpans[0].spans).toHaveLength(2);
  });

  it("is an empty object without spans", () => {
    expect(encodeOtlpJson([])).toBe("{}");
    expect(encodeOtlpProtobuf([])).toHaveLength(0);
  });
});
