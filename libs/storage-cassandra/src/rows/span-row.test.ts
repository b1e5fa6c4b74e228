import type { types } from "cassandra-driver";
import { describe, expect, test } from "vitest";
import { bigintValue, CqlWriter, intValue } from "./cql-writer.ts";
import { writeMicroseconds } from "./microseconds.ts";
import { SpanRowReader } from "./read-span.ts";

type Values = Readonly<Record<string, unknown>>;

/** A row as the driver gives it; columns that are not named are null. */
function row(values: Values): types.Row {
  return { get: (name: string | number) => values[name] ?? null } as types.Row;
}

const TRACE = Buffer.from("0000000000000000000000000000000a", "hex");
const keyValue = (given: Values) => ({
  value_string: "",
  value_bool: false,
  value_long: 0n,
  value_double: 0,
  value_binary: null,
  ...given,
});

describe("reading a row", () => {
  test("nulls are zero values", () => {
    expect(new SpanRowReader().read(row({ trace_id: TRACE }))).toEqual({
      traceId: "0000000000000000000000000000000a",
      spanId: "0000000000000000",
      operationName: "",
      references: [],
      flags: 0,
      startTimeNs: 0n,
      durationNs: 0n,
      tags: [],
      logs: [],
      process: { serviceName: "", tags: [] },
      warnings: [],
    });
  });

  test("the parent's own column becomes the first reference, unless it is there already", () => {
    const reference = (spanId: bigint) => ({ ref_type: "follows-from", trace_id: TRACE, span_id: spanId });
    const read = (refs: unknown) =>
      new SpanRowReader()
        .read(row({ trace_id: TRACE, parent_id: -1n, refs }))
        .references.map(({ type, spanId }) => [type, spanId]);
    expect(read(null)).toEqual([["CHILD_OF", "ffffffffffffffff"]]);
    expect(read([reference(2n)])).toEqual([
      ["CHILD_OF", "ffffffffffffffff"],
      ["FOLLOWS_FROM", "0000000000000002"],
    ]);
    expect(read([reference(-1n)])).toEqual([["FOLLOWS_FROM", "ffffffffffffffff"]]);
  });

  test("warnings come back from their tags, flags unsigned, unknown types as text", () => {
    const span = new SpanRowReader().read(
      row({
        trace_id: TRACE,
        flags: -1,
        tags: [
          keyValue({ key: "$$span.warning.1", value_type: "string", value_string: "odd" }),
          keyValue({ key: "new", value_type: "map", value_string: "text" }),
        ],
      }),
    );
    expect(span.flags).toBe(0xffffffff);
    expect(span.warnings).toEqual(["odd"]);
    expect(span.tags).toEqual([{ key: "new", type: "string", value: "text" }]);
  });

  test("times beyond what a span can hold are brought back into it", () => {
    const largest = 2n ** 63n - 1n;
    const span = new SpanRowReader().read(row({ trace_id: TRACE, start_time: largest, duration: -largest }));
    expect(span.startTimeNs).toBe(253_402_300_799_999_999_000n);
    expect(span.durationNs).toBe(-315_576_000_000_000_000_000n);
  });

  test("spans of equal processes share one, others do not", () => {
    const reader = new SpanRowReader();
    const read = (value: number) =>
      reader.read(
        row({
          trace_id: TRACE,
          process: {
            service_name: "s",
            tags: [keyValue({ key: "n", value_type: "float64", value_double: value })],
          },
        }),
      ).process;
    expect(read(Number.NaN)).toBe(read(Number.NaN));
    expect(read(1)).not.toBe(read(2));
  });
});

describe("values in the protocol's form", () => {
  test("are lengths and big-endian numbers", () => {
    expect(bigintValue(-2n).toString("hex")).toBe("fffffffffffffffe");
    expect(bigintValue(2n ** 64n - 1n).toString("hex")).toBe("ffffffffffffffff");
    expect(intValue(0xffffffff).toString("hex")).toBe("ffffffff");
    const writer = new CqlWriter();
    const begun = writer.begin();
    writer.text("é");
    writer.null();
    writer.int64(-1, 2);
    writer.end(begun);
    expect(writer.take().toString("hex")).toBe("00000016" + "00000002c3a9" + "ffffffff" + "00000008ffffffff00000002");
    writer.blob(new Uint8Array(10_000));
    expect(writer.take()).toHaveLength(10_004);
  });

  test("are UTF-8, whatever the bytes were; each invalid one becomes a replacement character", () => {
    const source = Buffer.concat([Buffer.from("aé"), Buffer.of(0xc3, 0x28), Buffer.from("x".repeat(300))]);
    const writer = new CqlWriter();
    const written = (from: number, to: number) => {
      writer.utf8(source, from, to);
      const value = writer.take();
      expect(value.readInt32BE(0)).toBe(value.length - 4);
      return value.toString("utf8", 4);
    };
    for (const isSource of [false, true]) {
      if (isSource) writer.setSource(source);
      expect(written(0, 3)).toBe("aé");
      expect(written(0, 5)).toBe("aé\ufffd(");
      expect(written(3, 305)).toBe(`\ufffd(${"x".repeat(300)}`);
    }
  });

  test("are microseconds, cut towards zero", () => {
    const written = (seconds: number, nanos: number) => {
      const writer = new CqlWriter();
      writeMicroseconds(writer, seconds, nanos);
      return writer.take().readBigInt64BE(4);
    };
    expect(written(1, 1999)).toBe(1_000_001n);
    expect(written(1_795_000_000, 123_456_789)).toBe(1_795_000_000_123_456n);
    expect(written(-1, 999_998_500)).toBe(-1n);
    expect(written(0, -1500)).toBe(-1n);
    expect(written(253_402_300_799, 999_999_999)).toBe(253_402_300_799_999_999n);
  });
});
