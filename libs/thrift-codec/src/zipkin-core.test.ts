import type { KeyValue, Span } from "@spoor/span-model";
import { decodeSpan } from "@spoor/span-wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeZipkinSpans } from "./encode-zipkin.ts";
import { ThriftError } from "./errors.ts";
import { ANNOTATION_TYPE, type ZipkinCoreEndpoint, type ZipkinCoreSpan } from "./zipkin-core.ts";
import { decodeZipkinSpans } from "./zipkin-core-reader.ts";
import { zipkinToJaeger } from "./zipkin-core-to-jaeger.ts";

const host: ZipkinCoreEndpoint = { ipv4: 0, port: 0, serviceName: "shop", ipv6: undefined };
const START = 1_795_423_020_000_000n;

function zipkin(over: Partial<ZipkinCoreSpan>): ZipkinCoreSpan {
  return {
    traceId: 7n,
    traceIdHigh: undefined,
    id: 9n,
    parentId: undefined,
    name: "op",
    annotations: [{ timestampUs: START, value: "sr", host }],
    binaryAnnotations: [],
    debug: false,
    timestampUs: START,
    durationUs: 5n,
    ...over,
  };
}

function convert(over: Partial<ZipkinCoreSpan>): Span[] {
  return zipkinToJaeger([zipkin(over)]).map(decodeSpan);
}

function tagsOf(over: Partial<ZipkinCoreSpan>): readonly KeyValue[] {
  return convert({ annotations: [{ timestampUs: START, value: "x", host }], ...over })[0]?.tags ?? [];
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const endpoint = fc.record({
  ipv4: fc.integer(),
  port: fc.integer({ min: -32768, max: 32767 }),
  serviceName: fc.string(),
  ipv6: fc.option(fc.uint8Array({ maxLength: 16 }), { nil: undefined }),
});
const optionalHost = fc.option(endpoint, { nil: undefined });
const arbitraryZipkinSpan: fc.Arbitrary<ZipkinCoreSpan> = fc.record({
  traceId: int64,
  traceIdHigh: fc.option(int64, { nil: undefined }),
  id: int64,
  parentId: fc.option(int64, { nil: undefined }),
  name: fc.string({ unit: "grapheme" }),
  annotations: fc.array(fc.record({ timestampUs: int64, value: fc.string(), host: optionalHost }), { maxLength: 4 }),
  binaryAnnotations: fc.array(
    fc.record({ key: fc.string(), value: fc.uint8Array({ maxLength: 40 }), type: fc.nat(9), host: optionalHost }),
    { maxLength: 20 },
  ),
  debug: fc.boolean(),
  timestampUs: fc.option(int64, { nil: undefined }),
  durationUs: fc.option(int64, { nil: undefined }),
});

describe("Zipkin spans in Thrift", () => {
  it.each(["binary", "compact"] as const)("survive writing and reading in the %s protocol", (protocol) => {
    fc.assert(
      fc.property(fc.array(arbitraryZipkinSpan, { maxLength: 20 }), (spans) => {
        expect(decodeZipkinSpans(encodeZipkinSpans(spans, protocol), protocol)).toEqual(spans);
      }),
      { numRuns: 60 },
    );
  });

  it("are refused beyond the limits of spans and annotations", () => {
    const bytes = encodeZipkinSpans([zipkin({}), zipkin({})]);
    const read = (maxSpans: number, maxAnnotations: number) => () =>
      decodeZipkinSpans(bytes, "binary", { maxSpans, maxAnnotations });
    expect(read(2, 2)()).toHaveLength(2);
    expect(read(1, 2)).toThrow("more than 1 spans");
    expect(read(2, 1)).toThrow("too many annotations");
  });
});

describe("converting Zipkin spans", () => {
  it("never fails on what can be stored", () => {
    const storable = arbitraryZipkinSpan.map((span) => {
      const clip = (us: bigint) => us % 250_000_000_000_000_000n;
      return {
        ...span,
        timestampUs: span.timestampUs === undefined ? undefined : clip(span.timestampUs) / 10n,
        annotations: [...span.annotations, { timestampUs: START, value: "x", host }].map((annotation) => ({
          ...annotation,
          timestampUs: clip(annotation.timestampUs) / 10n,
        })),
      };
    });
    fc.assert(
      fc.property(storable, (span) => {
        const spans = zipkinToJaeger([span]).map(decodeSpan);
        expect(spans[0]?.operationName).toBe(span.name);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses a batch with a span that names no service, naming the span", () => {
    const nameless = zipkin({ traceId: -1n, id: 31n, annotations: [] });
    expect(() => zipkinToJaeger([zipkin({}), nameless])).toThrow(
      new ThriftError(
        "NO_SERVICE_NAME",
        "cannot find service name in Zipkin span [traceID=ffffffffffffffff, spanID=1f]",
      ),
    );
  });

  it("shares one process between spans of the same service", () => {
    const [first, second, other] = zipkinToJaeger([
      zipkin({}),
      zipkin({}),
      zipkin({ annotations: [{ timestampUs: START, value: "sr", host: { ...host, ipv4: 1 } }] }),
    ]);
    expect(second?.process).toBe(first?.process);
    expect(other?.process).not.toBe(first?.process);
  });

  it("refuses times that cannot be stored", () => {
    expect(() => convert({ timestampUs: 2n ** 63n - 1n })).toThrow("after 10000-01-01");
  });

  it("takes an annotation that is a JSON object of strings for log fields", () => {
    const fieldsOf = (value: string) =>
      convert({ annotations: [{ timestampUs: START, value, host }] })[0]?.logs.map((log) =>
        log.fields.map(({ key, ...rest }) => [key, "value" in rest && rest.value]),
      );
    expect(fieldsOf('{"a":"1","b":null}')).toEqual([
      [
        ["a", "1"],
        ["b", ""],
      ],
    ]);
    expect(fieldsOf('{"a":1}')).toEqual([[["event", '{"a":1}']]]);
    expect(fieldsOf('["a"]')).toEqual([[["event", '["a"]']]]);
    expect(fieldsOf("{broken")).toEqual([[["event", "{broken"]]]);
    expect(fieldsOf("null")).toEqual([[]]);
    expect(fieldsOf("cache miss")).toEqual([[["event", "cache miss"]]]);
  });

  it("turns any kind of error annotation into a bool and keeps a text as its message", () => {
    const error = (value: string, type: number = ANNOTATION_TYPE.string) =>
      tagsOf({ binaryAnnotations: [{ key: "Error", value: Buffer.from(value), type, host: undefined }] }).map(
        ({ key, ...rest }) => [key, "value" in rest && rest.value],
      );
    expect(error("")).toEqual([["Error", true]]);
    expect(error("TRUE")).toEqual([["Error", true]]);
    expect(error("False")).toEqual([["Error", false]]);
    expect(error("\u0001", ANNOTATION_TYPE.bool)).toEqual([["Error", true]]);
    expect(error("boom")).toEqual([
      ["Error", true],
      ["error.message", "boom"],
    ]);
  });
});
