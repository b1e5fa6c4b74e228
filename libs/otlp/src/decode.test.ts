import type { KeyValue, Span } from "@spoor/span-model";
import { decodeSpan, type EncodedSpan, scanSpan } from "@spoor/span-wire";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { decodeOtlpJson, decodeOtlpProtobuf, decodeOtlpTracesData } from "./decode.ts";
import { DEFAULT_OTLP_LIMITS } from "./limits.ts";
import { Request } from "./testing/otlp-proto.ts";

// A request in the field names of OTLP/JSON and protobufjs; ids are hex, integers strings, bytes base64.
interface AnyValue {
  readonly [type: string]: unknown;
}
interface Attribute {
  readonly key: string;
  readonly value?: AnyValue;
}
interface RequestObject {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly scope?: object; readonly spans: readonly SpanObject[] }[];
  }[];
}
interface SpanObject {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly { timeUnixNano: string; name: string; attributes: readonly Attribute[] }[];
  readonly links: readonly { traceId: string; spanId: string; attributes: readonly Attribute[] }[];
  readonly status: { readonly code: number; readonly message: string };
  readonly traceState: string;
}

const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.string({ minLength: 90, maxLength: 300 }));
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString("hex"));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const nanos = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);
const scalar: fc.Arbitrary<AnyValue> = fc.oneof(
  text.map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  int64.map((intValue) => ({ intValue })),
  fc.double().map((doubleValue) => ({ doubleValue })),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ bytesValue: Buffer.from(bytes).toString("base64") })),
  fc.constant({}),
);
const value: fc.Arbitrary<AnyValue> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }).map((values) => ({ arrayValue: { values } })) },
);
const attributes = fc.array(fc.record({ key: text, value }), { maxLength: 4 });
const span: fc.Arbitrary<SpanObject> = fc.record({
  traceId: hex(16),
  spanId: hex(8),
  parentSpanId: fc.oneof(hex(8), fc.constant("")),
  name: text,
  kind: fc.nat(7),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  events: fc.array(fc.record({ timeUnixNano: nanos, name: text, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ traceId: hex(16), spanId: hex(8), attributes }), { maxLength: 2 }),
  status: fc.record({ code: fc.nat(3), message: text }),
  traceState: text,
});
const request: fc.Arbitrary<RequestObject> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(fc.record({ scope: fc.record({ name: text, version: text }), spans: fc.array(span) }), {
        maxLength: 2,
      }),
    }),
    { maxLength: 2 },
  ),
});

/** protobufjs wants ids in base64. */
function protobufOf(object: RequestObject): Uint8Array {
  const plain = JSON.parse(JSON.stringify(object, jsonValue), (key, item) =>
    /^(traceId|spanId|parentSpanId)$/.test(key) ? Buffer.from(item, "hex").toString("base64") : item,
  );
  return Request.encode(Request.fromObject(plain)).finish();
}

function jsonValue(key: string, item: unknown): unknown {
  return key === "doubleValue" && (!Number.isFinite(item) || Object.is(item, -0)) ? String(item) : item;
}

/** The same conversion, done plainly on the object. */
function expectedSpans(object: RequestObject): object[] {
  return object.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === "service.name");
    const process = {
      serviceName: service === undefined ? "missing-service-name" : String(service.value?.stringValue),
      tags: resource.attributes.filter(({ key }) => key !== "service.name").map(expectedTag),
    };
    return scopeSpans.flatMap((group) => group.spans.map((item) => expectedSpan(item, group.scope ?? {}, process)));
  });
}

function expectedSpan(item: SpanObject, scope: { name?: string; version?: string }, process: object): object {
  const textTag = (key: string, content: string | undefined) =>
    content ? [{ key, type: "string", value: content }] : [];
  const kind = [undefined, "internal", "server", "client", "producer", "consumer"][item.kind];
  const code = [undefined, "OK", "ERROR"][item.status.code];
  const start = BigInt(item.startTimeUnixNano);
  return {
    traceId: item.traceId,
    spanId: item.spanId,
    operationName: item.name,
    startTimeNs: start,
    durationNs: BigInt(item.endTimeUnixNano) - start,
    references: [
      ...(/[1-9a-f]/.test(item.parentSpanId)
        ? [{ type: "CHILD_OF", traceId: item.traceId, spanId: item.parentSpanId }]
        : []),
      ...item.links.map(({ traceId, spanId }) => ({ type: "FOLLOWS_FROM", traceId, spanId })),
    ],
    tags: [
      ...textTag("otel.scope.name", scope.name),
      ...textTag("otel.scope.version", scope.version),
      ...item.attributes.map(expectedTag),
      ...textTag("span.kind", kind),
      ...textTag("otel.status_code", code),
      ...(code === "ERROR" ? [{ key: "error", type: "bool", value: true }] : []),
      ...textTag("otel.status_description", item.status.message),
      ...textTag("w3c.tracestate", item.traceState),
    ],
    logs: item.events.map((event) => ({
      timestampNs: BigInt(event.timeUnixNano),
      fields: [
        ...(event.attributes.some(({ key }) => key === "event") ? [] : textTag("event", event.name)),
        ...event.attributes.map(expectedTag),
      ],
    })),
    process,
    flags: 0,
    warnings: [],
  };
}

function expectedTag({ key, value: any }: Attribute): object {
  const [[type, item] = ["", undefined]] = Object.entries(any ?? {});
  switch (type) {
    case "boolValue":
      return { key, type: "bool", value: item };
    case "intValue":
      return { key, type: "int64", value: BigInt(item as string) };
    case "doubleValue":
      return { key, type: "float64", value: item };
    case "bytesValue":
      return { key, type: "binary", value: new Uint8Array(Buffer.from(item as string, "base64")) };
    case "arrayValue":
      return { key, type: "string", value: expectedJson((item as { values: AnyValue[] }).values) };
    default:
      return { key, type: "string", value: item ?? "" };
  }
}

function expectedJson(values: readonly AnyValue[]): string {
  const items = values.map((any) => {
    const [[type, item] = ["", null]] = Object.entries(any);
    if (type === "intValue") return item;
    if (type === "doubleValue" && !Number.isFinite(item)) return undefined;
    const json = Object.is(item, -0) ? "-0" : JSON.stringify(item);
    return json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  });
  return items.includes(undefined) ? "" : `[${items.join(",")}]`;
}

function plain(spans: readonly EncodedSpan[]): Span[] {
  const bytes = (tag: KeyValue): KeyValue =>
    tag.type === "binary" ? { ...tag, value: new Uint8Array(tag.value) } : tag;
  return spans.map(decodeSpan).map((item) => ({
    ...item,
    tags: item.tags.map(bytes),
    logs: item.logs.map((log) => ({ ...log, fields: log.fields.map(bytes) })),
    process: { ...item.process, tags: item.process.tags.map(bytes) },
  }));
}

describe("decoding OTLP", () => {
  it("gives what a plain conversion of the request gives, from protobuf and from JSON", () => {
    fc.assert(
      fc.property(request, (object) => {
        const expected = expectedSpans(object);
        expect(plain(decodeOtlpProtobuf(protobufOf(object)))).toEqual(expected);
        expect(plain(decodeOtlpJson(JSON.stringify(object, jsonValue)))).toEqual(expected);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("makes spans that the scanner of Jaeger spans takes as they are", () => {
    fc.assert(
      fc.property(request, (object) => {
        for (const item of decodeOtlpProtobuf(protobufOf(object))) {
          const scanned = scanSpan(item.buffer, item.start, item.end);
          expect(scanned.isRoot).toBe(item.isRoot);
          expect(decodeSpan(scanned).spanId).toBe(decodeSpan(item).spanId);
        }
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  it("does not keep the request's bytes", () => {
    const body = protobufOf({ resourceSpans: [group([{}])] });
    const [item] = decodeOtlpProtobuf(body);
    body.fill(0);
    expect(item && decodeSpan(item).traceId).toBe("ab".repeat(16));
  });

  it("gives one process to a resource that comes again, and others to what differs from it", () => {
    const processOf = (service: string, decode = decodeOtlpProtobuf) =>
      decode(protobufOf({ resourceSpans: [group([{}], service)] }))[0]?.process;
    const first = processOf("resource-a");
    expect(processOf("resource-b")?.serviceName).toBe("resource-b");
    expect(processOf("resource-a")).toBe(first);
    expect(first?.serviceName).toBe("resource-a");
    const other = { ...DEFAULT_OTLP_LIMITS };
    expect(processOf("resource-a", (body) => decodeOtlpProtobuf(body, other))).not.toBe(first);
  });

  it("is the same behind a request that was refused, wherever that ended", () => {
    const refused = protobufOf({ resourceSpans: [group([{ name: "a" }, { name: "b" }], "refused"), group([{}])] });
    const good = { resourceSpans: [group([{ name: "c" }], "good")] };
    const expected = plain(decodeOtlpProtobuf(protobufOf(good), { ...DEFAULT_OTLP_LIMITS }));
    let refusals = 0;
    for (let length = 1; length < refused.length; length++) {
      try {
        decodeOtlpProtobuf(refused.subarray(0, length));
      } catch {
        refusals++;
      }
      expect(plain(decodeOtlpProtobuf(protobufOf(good)))).toEqual(expected);
    }
    expect(refusals).toBeGreaterThan(refused.length / 2);
  });

  it("takes the fields of a message in any order, the resource behind its spans too", () => {
    const { resource, ...rest } = group([{}], "late");
    const json = JSON.stringify({ resourceSpans: [{ ...rest, resource }] });
    expect(decodeOtlpJson(json)[0]?.process.serviceName).toBe("late");
  });
});

function group(spans: readonly Partial<SpanObject>[], service = "s") {
  return {
    resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
    scopeSpans: [{ spans: spans.map((item) => ({ traceId: "ab".repeat(16), spanId: "cd".repeat(8), ...item })) }],
  } as never as RequestObject["resourceSpans"][number];
}

function tagsOf(attribute: string): readonly KeyValue[] {
  const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[${attribute}]}]}]}]}`;
  return plain(decodeOtlpJson(json))[0]?.tags ?? [];
}

describe("OTLP/JSON", () => {
  it.each([
    ['"9223372036854775807"', 2n ** 63n - 1n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["9007199254740993", 2n ** 53n + 1n],
    ['"-1"', -1n],
    ["4294967296", 2n ** 32n],
    ['"000012"', 12n],
  ])("reads the integer %s without rounding", (json, expected) => {
    expect(tagsOf(`{"key":"i","value":{"intValue":${json}}}`)).toEqual([{ key: "i", type: "int64", value: expected }]);
  });

  it.each(["9223372036854775808", '"-9223372036854775809"', "1.5", '"1.0"', '""', "true"])(
    "refuses %s as an integer",
    (json) => {
      expect(() => tagsOf(`{"key":"i","value":{"intValue":${json}}}`)).toThrow(/Int64|assertInteger/);
    },
  );

  it("unescapes strings as Go does", () => {
    const json = String.raw`{"key":"\u006b\/","value":{"stringValue":"a\n\"\\\u00e9\ud83c\udf0d\ud800x"}}`;
    expect(tagsOf(json)).toEqual([{ key: "k/", type: "string", value: 'a\n"\\é🌍\ufffdx' }]);
  });

  it("skips unknown fields of any form", () => {
    expect(
      tagsOf(`{"key":"k","x":{"a":[1,-2.5e3,{"b":null}],"c":"\\"}"},"y":true,"value":{"boolValue":false,"z":0}}`),
    ).toEqual([{ key: "k", type: "bool", value: false }]);
  });

  it("refuses values nested beyond the limit, known and unknown ones", () => {
    const nested = `${'{"arrayValue":{"values":['.repeat(65)}{}${"]}}".repeat(65)}`;
    expect(() => tagsOf(`{"key":"k","value":${nested}}`)).toThrow(/nested too deeply/);
    expect(() => decodeOtlpJson(`{"x":${"[".repeat(100_000)}`)).toThrow(/exceeded max depth/);
  });

  it("says where it stopped reading", () => {
    expect(() => tagsOf(`{"key":7}`)).toThrow(/^ReadString: expects " or n, but found 7, error found in #10 byte of/);
  });
});

describe("limits of decoding OTLP", () => {
  it("refuses too many spans", () => {
    const body = protobufOf({ resourceSpans: [group([{}, {}]), group([{}])] });
    expect(decodeOtlpProtobuf(body, { ...DEFAULT_OTLP_LIMITS, maxSpans: 3 })).toHaveLength(3);
    expect(() => decodeOtlpProtobuf(body, { ...DEFAULT_OTLP_LIMITS, maxSpans: 2 })).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    );
  });

  it("refuses a crowd of empty resources and scopes", () => {
    const limits = { ...DEFAULT_OTLP_LIMITS, maxSpans: 2 };
    const scopes = (count: number) => ({ scopeSpans: Array(count).fill({}) });
    const decode = (...resourceSpans: object[]) => decodeOtlpJson(JSON.stringify({ resourceSpans }), limits);
    expect(decode(scopes(1), scopes(1))).toEqual([]);
    expect(() => decode(scopes(1), scopes(1), {})).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    expect(() => decode(scopes(3))).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  });

  it("refuses a scope that repeated in every span would fill the memory", () => {
    const spans = Array.from({ length: 1000 }, () => ({}));
    const resourceSpans = [{ scopeSpans: [{ scope: { name: "x".repeat(1 << 20) }, spans }] }];
    expect(() => decodeOtlpJson(JSON.stringify({ resourceSpans }))).toThrow(/take too much room/);
  });

  it("refuses a span with too many attributes, events or links", () => {
    const limits = { ...DEFAULT_OTLP_LIMITS, maxElements: 2 };
    const body = (name: string, count: number) =>
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"${name}":[${Array(count).fill("{}")}]}]}]}]}`;
    for (const name of ["attributes", "events", "links"]) {
      expect(decodeOtlpJson(body(name, 2), limits)).toHaveLength(1);
      expect(() => decodeOtlpJson(body(name, 3), limits)).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    }
  });

  it.each([
    ["arrays", '{"arrayValue":{"values":[', "]}}"],
    ["maps", '{"kvlistValue":{"values":[{"key":"a","value":', "}]}}"],
  ])("copies a text deep in %s a few times, not once a level", (_, open, close) => {
    const text = "x".repeat(100_000);
    const nested = `${open.repeat(60)}{"stringValue":"${text}"}${close.repeat(60)}`;
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"k","value":${nested}}]}]}]}]}`;
    let moved = 0;
    const { copyWithin } = Uint8Array.prototype;
    const { join } = Array.prototype;
    vi.spyOn(Uint8Array.prototype, "copyWithin").mockImplementation(function (this: Uint8Array, to, from, end) {
      moved += (end ?? this.length) - from;
      return copyWithin.call(this, to, from, end);
    });
    vi.spyOn(Array.prototype, "join").mockImplementation(function (this: unknown[], separator) {
      const joined = join.call(this, separator);
      moved += joined.length;
      return joined;
    });
    try {
      expect(decodeOtlpJson(body)).toHaveLength(1);
    } finally {
      vi.restoreAllMocks();
    }
    expect(moved).toBeLessThan(text.length * 5);
  });

  it("refuses protobuf values nested beyond the limit", () => {
    let any: Buffer = Buffer.alloc(0);
    for (let i = 0; i < 70; i++) {
      const inner = delimited(0x0a, any);
      any = delimited(0x2a, inner);
    }
    const attribute = delimited(0x4a, delimited(0x12, any));
    const body = delimited(0x0a, delimited(0x12, delimited(0x12, attribute)));
    expect(() => decodeOtlpProtobuf(body)).toThrow(/nested too deeply/);
  });
});

function delimited(tag: number, content: Uint8Array): Buffer {
  const length = content.length;
  const head = length < 128 ? [tag, length] : [tag, (length & 127) | 128, length >> 7];
  return Buffer.concat([Buffer.from(head), content]);
}

describe("text that is not UTF-8", () => {
  const invalid = Buffer.from([0x61, 0xff]);
  const field = (tag: number, ...parts: Uint8Array[]) => delimited(tag, Buffer.concat(parts));
  const spanBody = (...parts: Uint8Array[]) => field(0x0a, field(0x12, field(0x12, ...parts)));

  it("becomes binary where it is a value or has a tag of its own", () => {
    const body = spanBody(field(0x1a, invalid), field(0x7a, field(0x12, invalid)));
    expect(plain(decodeOtlpProtobuf(body))[0]?.tags).toEqual([
      { key: "otel.status_description", type: "binary", value: new Uint8Array(invalid) },
      { key: "w3c.tracestate", type: "binary", value: new Uint8Array(invalid) },
    ]);
  });

  it("as a key is kept together with its value", () => {
    const attribute = field(0x4a, field(0x0a, invalid), field(0x12, Buffer.from([0x18, 5])));
    expect(plain(decodeOtlpProtobuf(spanBody(attribute, attribute)))[0]?.tags).toEqual([
      { key: "invalid-tag-key-1", type: "binary", value: new Uint8Array([0x61, 0xff, 0x3a, 0x35]) },
      { key: "invalid-tag-key-2", type: "binary", value: new Uint8Array([0x61, 0xff, 0x3a, 0x35]) },
    ]);
  });

  it("as a service name is kept in a tag of the process", () => {
    const service = field(0x0a, Buffer.from("service.name"));
    const resource = field(0x0a, field(0x0a, service, field(0x12, field(0x0a, invalid))));
    const [item] = plain(decodeOtlpProtobuf(field(0x0a, resource, field(0x12, field(0x12)))));
    expect(item?.process).toEqual({
      serviceName: "invalid-service-name",
      tags: [{ key: "invalid-service-name", type: "binary", value: new Uint8Array(invalid) }],
    });
  });
});

describe("TracesData", () => {
  it("keeps a service name empty that v1's receiver would replace", () => {
    const resourceSpans = [{ ...group([{}]), resource: { attributes: [{ key: "a", value: { boolValue: true } }] } }];
    expect(decodeOtlpTracesData(JSON.stringify({ resourceSpans }))[0]?.process.serviceName).toBe("");
  });
});
