import { rawTrace } from "@spoor/query-service";
import type { KeyValue, Process, Span } from "@spoor/span-model";
import { encodeSpans } from "@spoor/span-wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envelope, tracesEnvelope } from "./envelope.ts";
import { indentJson } from "./indent.ts";
import { jsonFloat64, jsonMicroseconds } from "./number.ts";
import { type JsonTrace, TraceJsonWriter } from "./trace-json.ts";

const PROCESS: Process = { serviceName: "shop", tags: [{ key: "ip", type: "string", value: "10.0.0.1" }] };

function span(overrides: Partial<Span> = {}): Span {
  return {
    traceId: `${"0".repeat(16)}00000000000000ab`,
    spanId: "0000000000000001",
    operationName: "GET /",
    references: [],
    flags: 0,
    startTimeNs: 1_795_423_020_000_000_999n,
    durationNs: 7_999n,
    tags: [],
    logs: [],
    process: PROCESS,
    warnings: [],
    ...overrides,
  };
}

function traceOf(spans: readonly Span[]): JsonTrace {
  return rawTrace(spans[0]?.traceId ?? "0".repeat(32), encodeSpans(spans));
}

function piecesOf(trace: JsonTrace): Buffer[] {
  const writer = new TraceJsonWriter();
  return [...writer.trace(trace), writer.rest()];
}

function written(spans: readonly Span[]): string {
  return Buffer.concat(piecesOf(traceOf(spans))).toString();
}

async function collect(pieces: AsyncIterable<string | Buffer>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

describe("numbers", () => {
  it("int64 beyond what a double holds becomes a string", () => {
    const shown = (value: bigint) => {
      return /"int64","value":([^}]*)/.exec(written([span({ tags: [{ key: "i", type: "int64", value }] })]))?.[1];
    };
    for (const value of [0n, -1n, 100_000_000n, 2n ** 53n - 1n, 1n - 2n ** 53n]) expect(shown(value)).toBe(`${value}`);
    for (const value of [2n ** 53n, -(2n ** 53n), -(2n ** 63n), 2n ** 63n - 1n])
      expect(shown(value)).toBe(`"${value}"`);
  });

  it.each([
    [0, "0"],
    [-0, "-0"],
    [1e21, "1e+21"],
    [1e20, "100000000000000000000"],
    [0.000001, "0.000001"],
    [1e-7, "1e-7"],
    [5e-324, "5e-324"],
    [123456789.12345679, "123456789.12345679"],
  ])("double %d is written %s", (value, expected) => {
    expect(jsonFloat64(value)).toBe(expected);
  });

  it("doubles JSON has no number for become strings", () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(jsonFloat64)).toEqual([
      '"NaN"',
      '"Infinity"',
      '"-Infinity"',
    ]);
  });

  it("times are cut to microseconds, negative ones wrap to uint64", () => {
    expect(jsonMicroseconds(1999n)).toBe("1");
    expect(jsonMicroseconds(-999n)).toBe("0");
    expect(jsonMicroseconds(-5000n)).toBe("18446744073709551611");
    expect(jsonMicroseconds(-62_135_596_800_000_000_000n)).toBe("18439948709130680271");
  });
});

describe("a trace", () => {
  it("has v1's members in v1's order", () => {
    const tags: KeyValue[] = [
      { key: "s", type: "string", value: "<x>" },
      { key: "b", type: "bool", value: false },
      { key: "i", type: "int64", value: 12n },
      { key: "f", type: "float64", value: 0.5 },
      { key: "bin", type: "binary", value: new Uint8Array([1, 2, 255]) },
      { key: "none", type: "binary", value: new Uint8Array() },
      { key: "?", type: "unknown", code: 9 },
    ];
    const text = written([
      span({
        flags: 3,
        tags,
        references: [{ type: "FOLLOWS_FROM", traceId: "1".repeat(32), spanId: "2".repeat(16) }],
        logs: [{ timestampNs: 5_000n, fields: [{ key: "event", type: "string", value: "hit" }] }],
        warnings: ["odd"],
      }),
    ]);
    expect(text).toBe(
      '{"traceID":"00000000000000ab","spans":[{"traceID":"00000000000000ab","spanID":"0000000000000001","flags":3,' +
        '"operationName":"GET /","references":[{"refType":"FOLLOWS_FROM","traceID":"11111111111111111111111111111111",' +
        '"spanID":"2222222222222222"}],"startTime":1795423020000000,"duration":7,"tags":[' +
        '{"key":"s","type":"string","value":"\\u003cx\\u003e"},{"key":"b","type":"bool","value":false},' +
        '{"key":"i","type":"int64","value":12},{"key":"f","type":"float64","value":0.5},' +
        '{"key":"bin","type":"binary","value":"AQL/"},{"key":"none","type":"binary","value":null},' +
        '{"key":"?","type":"9","value":null}],' +
        '"logs":[{"timestamp":5,"fields":[{"key":"event","type":"string","value":"hit"}]}],' +
        '"processID":"p1","warnings":["odd"]}],' +
        '"processes":{"p1":{"serviceName":"shop","tags":[{"key":"ip","type":"string","value":"10.0.0.1"}]}},"warnings":null}',
    );
  });

  it("numbers processes as they come and equal ones once", () => {
    const other: Process = { serviceName: "other", tags: [] };
    const copy: Process = { serviceName: "shop", tags: [{ key: "ip", type: "string", value: "10.0.0.1" }] };
    const trace = JSON.parse(written([span(), span({ process: other }), span({ process: copy })]));
    expect(trace.spans.map((item: { processID: string }) => item.processID)).toEqual(["p1", "p2", "p1"]);
    expect(Object.keys(trace.processes)).toEqual(["p1", "p2"]);
  });

  it("comes in pieces however large it is", () => {
    const many = Array.from({ length: 2_000 }, () => span());
    const pieces = piecesOf(traceOf(many));
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(70_000);
    expect(JSON.parse(Buffer.concat(pieces).toString()).spans).toHaveLength(2_000);
  });
});

describe("the envelope", () => {
  it("leaves out what is not there", () => {
    expect(envelope("[]", 0, null)).toBe('{"data":[],"total":0,"limit":0,"offset":0,"errors":null}');
    expect(
      envelope("null", 2, [
        { code: 404, message: "no" },
        { message: "x", traceId: "a".repeat(32) },
      ]),
    ).toBe(
      `{"data":null,"total":2,"limit":0,"offset":0,"errors":[{"code":404,"msg":"no"},{"msg":"x","traceID":"${"a".repeat(32)}"}]}`,
    );
  });

  it("holds no trace, one or several", async () => {
    const trace = traceOf([span()]);
    const one = written([span()]);
    const tail = '],"total":0,"limit":0,"offset":0,"errors":null}';
    expect(await collect(tracesEnvelope([], []))).toBe(`{"data":[${tail}`);
    expect(await collect(tracesEnvelope([trace], []))).toBe(`{"data":[${one}${tail}`);
    expect(await collect(tracesEnvelope([trace, trace], []))).toBe(`{"data":[${one},${one}${tail}`);
  });

  it("shows errors that came up while its traces were read", async () => {
    const missing: { message: string }[] = [];
    const trace = {
      traceId: span().traceId,
      shown: () => {
        missing.push({ message: "gone" });
        return [];
      },
    };
    expect(await collect(tracesEnvelope([trace], missing))).toContain('"errors":[{"msg":"gone"}]');
  });
});

describe("indentation", () => {
  it("is that of JSON.stringify with four spaces, wherever the pieces are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.array(fc.nat(40), { maxLength: 8 }), async (value, cuts) => {
        const compact = JSON.stringify(value);
        const pieces: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          pieces.push(compact.slice(at, at + cut));
          at += cut;
        }
        pieces.push(compact.slice(at));
        expect(await collect(indentJson(pieces))).toBe(JSON.stringify(value, null, 4));
      }),
      { seed: 2 },
    );
  });
});
