import type { Span } from "@spoor/span-model";
import { decodeSpan, type EncodedSpan } from "@spoor/span-wire";
import { encodeZipkinSpans, type ZipkinCoreSpan } from "@spoor/thrift-codec";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeZipkinV1Json, decodeZipkinV1Thrift, decodeZipkinV2Json, decodeZipkinV2Protobuf } from "./decode.ts";
import { DEFAULT_ZIPKIN_LIMITS } from "./limits.ts";
import { ListOfSpans } from "./testing/zipkin-proto.ts";

function v2(...spans: readonly object[]): Span[] {
  const withIds = spans.map((span) => ({ traceId: "ab", id: "cd", ...span }));
  return decodeZipkinV2Json(Buffer.from(JSON.stringify(withIds))).map(decodeSpan);
}

function v1(span: object): Span {
  const [first] = decodeZipkinV1Json(
    Buffer.from(JSON.stringify([{ traceId: "ab".repeat(8), id: "cd".repeat(8), ...span }])),
    {
      nowUs: () => 42,
    },
  );
  if (first === undefined) throw new Error("no span");
  return decodeSpan(first);
}

const tag = (key: string, value: string) => ({ key, type: "string", value });

/** Spans with their tags in one order; map order is open. */
function comparable(spans: readonly EncodedSpan[]): unknown {
  return spans
    .map(decodeSpan)
    .map((span) => ({ ...span, tags: [...span.tags].sort((a, b) => (a.key < b.key ? -1 : 1)) }))
    .sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
}

describe("Zipkin v2", () => {
  const hex = (bytes: number) =>
    fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).fill(1, 0, 1).toString("hex"));
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const endpoint = fc.record(
    { serviceName: text, ipv4: fc.ipV4().filter((ip) => /^\d+(\.\d+){3}$/.test(ip)), port: fc.nat(65535) },
    { requiredKeys: [] },
  );
  const time = fc.integer({ min: 1, max: 4_000_000_000_000_000 });
  const span = fc.record({
    traceId: hex(16),
    id: hex(8),
    parentId: hex(8),
    name: text,
    kind: fc.constantFrom("CLIENT", "SERVER", "PRODUCER", "CONSUMER"),
    timestamp: time,
    duration: fc.nat(),
    localEndpoint: endpoint,
    remoteEndpoint: endpoint,
    annotations: fc.array(fc.record({ timestamp: time, value: text }), { maxLength: 3 }),
    tags: fc.dictionary(text, text, { maxKeys: 5 }),
  });

  it("says the same in JSON and in protobuf", () => {
    fc.assert(
      fc.property(fc.uniqueArray(span, { maxLength: 5, selector: ({ id }) => id }), (spans) => {
        const bytes = (id: string) => Buffer.from(id, "hex");
        const message = ListOfSpans.fromObject({
          spans: spans.map((item) => ({
            ...item,
            traceId: bytes(item.traceId),
            id: bytes(item.id),
            parentId: bytes(item.parentId),
            localEndpoint: wireEndpoint(item.localEndpoint),
            remoteEndpoint: wireEndpoint(item.remoteEndpoint),
          })),
        });
        const fromProtobuf = decodeZipkinV2Protobuf(ListOfSpans.encode(message).finish());
        const fromJson = decodeZipkinV2Json(Buffer.from(JSON.stringify(spans)));
        expect(comparable(fromProtobuf)).toEqual(comparable(fromJson));
        expect(fromJson).toHaveLength(spans.length);
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  function wireEndpoint({ ipv4, ...rest }: { ipv4?: string }): object {
    return { ...rest, ...(ipv4 !== undefined && { ipv4: Buffer.from(ipv4.split(".").map(Number)) }) };
  }

  it("takes times in microseconds to nanoseconds exactly", () => {
    const [span] = v2({ timestamp: 1795423020000369, duration: 4438 });
    expect([span?.startTimeNs, span?.durationNs]).toEqual([1795423020000369000n, 4438000n]);
  });

  it("reads field names in any case, as Go does", () => {
    const [span] = decodeZipkinV2Json(
      Buffer.from('[{"traceID":"1","ID":"2","localendpoint":{"SERVICENAME":"s"}}]'),
    ).map(decodeSpan);
    expect(span?.process.serviceName).toBe("s");
    expect(span?.traceId).toBe(`${"0".repeat(31)}1`);
  });

  it("takes the last of fields and of tags that come twice", () => {
    const [span] = decodeZipkinV2Json(
      Buffer.from('[{"id":"1","name":"a","name":"b","tags":{"k":"1","x":"2","k":"3"},"id":"2","tags":{"x":"4"}}]'),
    ).map(decodeSpan);
    expect([span?.spanId, span?.operationName]).toEqual(["0000000000000002", "b"]);
    expect(span?.tags.slice(0, 2)).toEqual([tag("k", "3"), tag("x", "4")]);
  });

  it("finds tags that come twice among many, too", () => {
    const pairs = Array.from({ length: 200 }, (_, i) => `"key-${i % 100}":"value-${i}"`);
    const [span] = decodeZipkinV2Json(Buffer.from(`[{"id":"1","timestamp":1,"tags":{${pairs}}}]`)).map(decodeSpan);
    expect(span?.tags).toEqual(Array.from({ length: 100 }, (_, i) => tag(`key-${i}`, `value-${i + 100}`)));
  });

  it("takes a key with escapes for the same as one without", () => {
    const [span] = decodeZipkinV2Json(
      Buffer.from('[{"\\u0069d":"1","timestamp":1,"tags":{"\\u0065rror":"a\\tb","error":"tr\\u0075e"}}]'),
    ).map(decodeSpan);
    expect(span?.tags).toEqual([tag("otel.status_code", "ERROR"), { key: "error", type: "bool", value: true }]);
  });

  it("keeps the tags that describe the process with each span of a service", () => {
    const local = { localEndpoint: { serviceName: "s" } };
    const spans = v2({ ...local, tags: { "service.version": "1" } }, { ...local, tags: { "service.version": "2" } });
    expect(spans.map(({ process }) => process.tags)).toEqual([
      [tag("service.version", "1")],
      [tag("service.version", "2")],
    ]);
  });

  it("shares the process between spans of a service that do not stand together", () => {
    const local = (serviceName: string) => ({ localEndpoint: { serviceName } });
    const spans = decodeZipkinV2Json(
      Buffer.from(JSON.stringify(["a", "b", "a"].map((name) => ({ traceId: "1", id: "2", ...local(name) })))),
    );
    expect(new Set(spans.map(({ process }) => process)).size).toBe(2);
  });

  it("reads links and events that OpenTelemetry's exporter wrote", () => {
    const link = `${"1".repeat(32)}|${"2".repeat(16)}|a=b|{"opentracing.ref_type":"child_of","x":"a|b"}|0`;
    const event = { timestamp: 1, value: 'name|{"s":"a|b","i":2,"d":1.5,"t":true,"n":null}|3' };
    const [span] = v2({ tags: { "otlp.link.0": link }, annotations: [event] });
    expect(span?.references).toEqual([{ type: "CHILD_OF", traceId: "1".repeat(32), spanId: "2".repeat(16) }]);
    expect(span?.tags.map(({ key }) => key)).toEqual(["otel.zipkin.absentField.startTime"]);
    expect(span?.logs[0]?.fields).toEqual([
      tag("event", "name"),
      tag("s", "a|b"),
      { key: "i", type: "int64", value: 2n },
      { key: "d", type: "float64", value: 1.5 },
      { key: "t", type: "bool", value: true },
    ]);
  });

  it.each(["a|b", "a|{not json|0", "a|{}|x", "|"])("keeps the annotation %j as it is", (value) => {
    const [span] = v2({ annotations: [{ timestamp: 1, value }] });
    expect(span?.logs[0]?.fields).toEqual([tag("event", value)]);
  });

  it.each([
    ['{"traceId":"g","id":"1"}', 'strconv.ParseUint: parsing "g": invalid syntax'],
    ['{"traceId":"1","id":"11111111111111111"}', 'strconv.ParseUint: parsing "11111111111111111": value out of range'],
    ['{"id":"1","name":5}', "json: cannot unmarshal number into Go struct field .Alias.name of type string"],
    [
      '{"id":"1","annotations":{}}',
      "json: cannot unmarshal object into Go struct field .Alias.annotations of type []model.Annotation",
    ],
    ['{"id":"1","timestamp":9007199254740993}', /cannot unmarshal number 9007199254740992 .* of type uint64/],
    ['{"id":"1","id":5}', "valid span id required"],
    ['{"id":"1","tags":{"a":["b"]}}', "json: cannot unmarshal array into Go struct field .Alias.tags of type string"],
    ['{"id":"1","shared":1}', "json: cannot unmarshal number into Go struct field .Alias.shared of type bool"],
    // What is no JSON at all is said first, wherever it stands.
    ['{"id":5,"name":x}', "invalid character 'x' looking for beginning of value"],
    ['{"id":"1"},"a\tb"', "invalid character '\\t' in string literal"],
  ])("refuses %s", (json, message) => {
    expect(() => decodeZipkinV2Json(Buffer.from(`[${json}]`))).toThrow(message);
  });
});

describe("Zipkin v1", () => {
  const host = { ipv4: 0x7f000001, port: -1, serviceName: "s", ipv6: undefined };
  const core: ZipkinCoreSpan = {
    traceId: -1n,
    traceIdHigh: undefined,
    id: 2n,
    parentId: undefined,
    name: "n",
    annotations: [],
    binaryAnnotations: [],
    debug: false,
    timestampUs: undefined,
    durationUs: undefined,
  };

  it("takes missing times from the annotations", () => {
    const annotation = (timestamp: number, value: string) => ({ timestamp, value, endpoint: { serviceName: "s" } });
    const span = v1({ annotations: [annotation(30, "x"), annotation(10, "cs"), annotation(20, "cr")] });
    expect([span.startTimeNs, span.durationNs]).toEqual([10_000n, 20_000n]);
    expect(span.tags).toEqual([tag("span.kind", "client")]);
    expect(span.process.serviceName).toBe("s");
  });

  it("without any time starts now in JSON and at zero in Thrift", () => {
    expect(v1({}).startTimeNs).toBe(42_000n);
    const [span] = decodeZipkinV1Thrift(encodeZipkinSpans([core])).map(decodeSpan);
    expect(span?.startTimeNs).toBe(0n);
    expect(span?.traceId).toBe("0".repeat(16) + "f".repeat(16));
  });

  it("reads the status from the first of census, otel, error and http codes", () => {
    const binary = (entries: Record<string, string>) => ({
      binaryAnnotations: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });
    const codeOf = (entries: Record<string, string>) => {
      const code = v1(binary(entries)).tags.find(({ key }) => key === "otel.status_code");
      return code?.type === "string" ? code.value : undefined;
    };
    expect(codeOf({ "census.status_code": "0", error: "x" })).toBe("OK");
    expect(codeOf({ "otel.status_code": "1", error: "x" })).toBe("OK");
    expect(codeOf({ "otel.status_code": "bad", error: "x" })).toBe("ERROR");
    expect(codeOf({ "http.status_code": "302" })).toBeUndefined();
    expect(codeOf({ "http.status_code": "503" })).toBe("ERROR");
  });

  it("refuses null in the place of a span, over which v1 crashes", () => {
    expect(() => decodeZipkinV1Json(Buffer.from("[null]"))).toThrow(
      "zipkinv1: json: cannot unmarshal null into Go value of type zipkinv1.jsonSpan",
    );
    expect(() => decodeZipkinV1Json(Buffer.from('[{"annotations":[null],"binaryAnnotations":[null]}]'))).toThrow(
      /traceId span has wrong length/,
    );
  });

  it("shows a port of Thrift's signed 16 bits as v1 does", () => {
    const annotations = [{ timestampUs: 1n, value: "sr", host }];
    const [span] = decodeZipkinV1Thrift(encodeZipkinSpans([{ ...core, annotations }])).map(decodeSpan);
    expect(span?.process.tags).toEqual([tag("ipv4", "127.0.0.1"), tag("port", "-1")]);
  });
});

describe("limits of decoding Zipkin", () => {
  it("are held before JSON is parsed", () => {
    const limits = { ...DEFAULT_ZIPKIN_LIMITS, maxSpans: 2, maxElements: 10 };
    const decode = (json: string) => () => decodeZipkinV2Json(Buffer.from(json), { limits });
    expect(decode("[{},{},{}]")).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    expect(decode(`[{"x":[${"[],".repeat(20)}[]]}]`)).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    expect(decode("[".repeat(100))).toThrow(/max depth|objects and arrays/);
    expect(decode(`[{"id":"1","name":"${"[{".repeat(100)}\\""}]`)).not.toThrow();
  });

  it("bound the tags and annotations of one span", () => {
    const limits = { ...DEFAULT_ZIPKIN_LIMITS, maxSpanElements: 2 };
    const decode = (json: string) => () => decodeZipkinV2Json(Buffer.from(`[{"id":"1",${json}}]`), { limits });
    const note = '{"timestamp":1}';
    expect(decode(`"tags":{"a":"","b":""},"annotations":[${note},${note}]`)()).toHaveLength(1);
    expect(decode('"tags":{"a":"","b":"","c":""}')).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    expect(decode(`"annotations":[${note},${note},${note}]`)).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    );
    const ids = { traceId: "1".repeat(16), id: "1".repeat(16) };
    const v1Span = { ...ids, annotations: [1, 2, 3].map((timestamp) => ({ timestamp, value: "x" })) };
    expect(() => decodeZipkinV1Json(Buffer.from(JSON.stringify([v1Span])), { limits })).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    );
  });

  it("count the spans of protobuf and Thrift", () => {
    const limits = { ...DEFAULT_ZIPKIN_LIMITS, maxSpans: 1 };
    const spans = [1, 2].map((i) => ({ traceId: Buffer.alloc(16, i), id: Buffer.alloc(8, i) }));
    const body = ListOfSpans.encode(ListOfSpans.fromObject({ spans })).finish();
    expect(decodeZipkinV2Protobuf(body)).toHaveLength(2);
    expect(() => decodeZipkinV2Protobuf(body, { limits })).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    const list = Buffer.from([12, 0, 0, 0, 2, 0, 0]);
    expect(decodeZipkinV1Thrift(list)).toHaveLength(2);
    expect(() => decodeZipkinV1Thrift(list, { limits })).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  });
});
