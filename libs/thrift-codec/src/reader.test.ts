import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReader } from "./create-reader.ts";
import type { ThriftReader } from "./reader.ts";
import { oracleWrite, type Tree, writeTree } from "./testing/oracle.ts";
import { type ThriftProtocol, TYPE } from "./types.ts";

const PROTOCOLS: readonly ThriftProtocol[] = ["binary", "compact"];

const scalar = (type: keyof typeof TYPE): fc.Arbitrary<Tree> => {
  switch (type) {
    case "bool":
      return fc.boolean().map((value) => ({ type, value }));
    case "byte":
      return fc.integer({ min: -128, max: 127 }).map((value) => ({ type, value }));
    case "i16":
      return fc.integer({ min: -32768, max: 32767 }).map((value) => ({ type, value }));
    case "i32":
      return fc.integer().map((value) => ({ type, value }));
    case "i64":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type, value }));
    case "double":
      // npm's thrift drops the sign of zero.
      return fc.double().map((value) => ({ type, value: value === 0 ? 0 : value }));
    default:
      return fc.string({ maxLength: 30 }).map((value) => ({ type: "string", value }));
  }
};
const scalarTypes = ["bool", "byte", "i16", "i32", "i64", "double", "string"] as const;
const anyScalarType = fc.constantFrom(...scalarTypes);

function tree(depth: number): fc.Arbitrary<Tree> {
  const leaf = anyScalarType.chain(scalar);
  if (depth === 0) return leaf;
  const struct: fc.Arbitrary<Tree> = fc
    .array(fc.tuple(fc.integer({ min: -40, max: 400 }), tree(depth - 1)), { maxLength: 4 })
    .map((fields) => ({ type: "struct", fields }));
  const list: fc.Arbitrary<Tree> = fc
    .tuple(fc.constantFrom("list" as const, "set" as const), anyScalarType)
    .chain(([type, of]) => fc.array(scalar(of), { maxLength: 20 }).map((items): Tree => ({ type, of, items })));
  const structs: fc.Arbitrary<Tree> = fc
    .array(struct, { maxLength: 3 })
    .map((items) => ({ type: "list", of: "struct", items }));
  const map: fc.Arbitrary<Tree> = fc
    .tuple(anyScalarType, anyScalarType)
    .chain(([keys, of]) =>
      fc
        .array(fc.tuple(scalar(keys), scalar(of)), { maxLength: 4 })
        .map((entries): Tree => ({ type: "map", keys, of, entries })),
    );
  return fc.oneof(leaf, struct, list, structs, map);
}

function readScalar(reader: ThriftReader, type: string): unknown {
  switch (type) {
    case "bool":
      return reader.bool();
    case "byte":
      return (reader.byte() << 24) >> 24;
    case "i16":
      return reader.i16();
    case "i32":
      return reader.i32();
    case "i64":
      return reader.i64AsBigInt();
    case "double": {
      reader.double();
      const view = new DataView(new ArrayBuffer(8));
      view.setInt32(0, reader.high);
      view.setInt32(4, reader.low);
      return view.getFloat64(0);
    }
    default:
      return Buffer.from(reader.stringBytes()).toString("utf8");
  }
}

describe.each(PROTOCOLS)("the %s protocol", (protocol) => {
  it("reads the scalars that npm's thrift wrote, as fields and as elements", () => {
    const values = fc.array(anyScalarType.chain(scalar), { maxLength: 8 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 20 }), (items, step) => {
        const fields = items.map((item, i) => [1 + i * step, item] as const);
        const bytes = oracleWrite(protocol, (output) => {
          writeTree(output, { type: "struct", fields });
          for (const item of items) writeTree(output, { type: "list", of: item.type, items: [item, item] });
        });
        const reader = createReader(bytes, protocol);
        const saved = reader.structBegin();
        for (const [id, item] of fields) {
          expect([reader.fieldBegin(), reader.fieldId]).toEqual([TYPE[item.type], id]);
          expect(readScalar(reader, item.type)).toEqual("value" in item && item.value);
        }
        expect(reader.fieldBegin()).toBe(TYPE.stop);
        reader.structEnd(saved);
        for (const item of items) {
          expect([reader.listBegin(), reader.elementType]).toEqual([2, TYPE[item.type]]);
          for (let i = 0; i < 2; i++) expect(readScalar(reader, item.type)).toEqual("value" in item && item.value);
        }
        expect(reader.position).toBe(bytes.length);
      }),
      { numRuns: 150 },
    );
  });

  it("steps over values of any shape", () => {
    fc.assert(
      fc.property(tree(3), (value) => {
        const bytes = oracleWrite(protocol, (output) => writeTree(output, { type: "struct", fields: [[3, value]] }));
        const reader = createReader(bytes, protocol);
        reader.skip(TYPE.struct);
        expect(reader.position).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses values nested more than 64 deep", () => {
    const nested = (depth: number): Tree => ({ type: "struct", fields: depth === 1 ? [] : [[1, nested(depth - 1)]] });
    const skip = (depth: number) => () => {
      const bytes = oracleWrite(protocol, (output) => writeTree(output, nested(depth)));
      createReader(bytes, protocol).skip(TYPE.struct);
    };
    expect(skip(64)).not.toThrow();
    expect(skip(65)).toThrow("Depth limit exceeded");
  });

  it.each([
    ["list", { type: "list", of: "byte", items: [] }],
    [
      "map",
      {
        type: "map",
        keys: "byte",
        of: "byte",
        entries: [
          [
            { type: "byte", value: 1 },
            { type: "byte", value: 1 },
          ],
        ],
      },
    ],
  ] as const)("refuses a %s of more elements than bytes are left", (type, value) => {
    const bytes = oracleWrite(protocol, (output) => writeTree(output, value as Tree));
    const huge =
      protocol === "binary"
        ? Buffer.concat([bytes.subarray(0, type === "map" ? 2 : 1), Buffer.from("7fffffff", "hex")])
        : Buffer.from(type === "map" ? "ffffffff0733" : "f3ffffffff07", "hex");
    expect(() => createReader(huge, protocol).skip(TYPE[type])).toThrow("size exceeded max allowed: 2147483647");
  });

  it("refuses a string longer than the bytes left", () => {
    const bytes = Buffer.from(protocol === "binary" ? "0000000561" : "0561", "hex");
    expect(() => createReader(bytes, protocol).string()).toThrow("unexpected EOF");
    const negative = Buffer.from(protocol === "binary" ? "ffffffff61" : "ffffffff0f61", "hex");
    expect(() => createReader(negative, protocol).string()).toThrow("negative size: -1");
  });

  it("refuses a type it does not know", () => {
    const bytes = Buffer.from(protocol === "binary" ? "1e000100" : "1e00", "hex");
    expect(() => createReader(bytes, protocol).skip(TYPE.struct)).toThrow(
      /Unknown data type 30|don't know what type: 14/,
    );
  });
});

it("refuses a compact varint without end", () => {
  const endless = Buffer.alloc(20, 0xff);
  expect(() => createReader(endless, "compact").i32()).toThrow("variable-length int over 10 bytes.");
  expect(() => createReader(endless, "compact").i64()).toThrow("variable-length int over 10 bytes.");
});
