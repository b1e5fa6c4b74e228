import type { KeyValue } from "@spoor/span-model";
import { encodeProcess, KeyValueCursor } from "@spoor/span-wire";
import { describe, expect, test } from "vitest";
import { CqlWriter } from "./cql-writer.ts";
import { TagIndex } from "./indexed-tags.ts";

const text = (key: string, value: string): KeyValue => ({ key, type: "string", value });

/** What each tag becomes: key and value of its row, or why it has none. */
function rowsOf(index: TagIndex, tags: readonly KeyValue[]): readonly (string | readonly string[])[] {
  const cursor = new KeyValueCursor();
  cursor.openProcess(encodeProcess({ serviceName: "s", tags }));
  const rows: (string | readonly string[])[] = [];
  while (cursor.next()) {
    const out = new CqlWriter();
    const outcome = index.write(out, cursor);
    if (outcome !== "written") {
      rows.push(outcome);
      continue;
    }
    const bytes = out.take();
    const keyEnd = 4 + bytes.readInt32BE(0);
    expect(bytes.length).toBe(keyEnd + 4 + bytes.readInt32BE(keyEnd));
    rows.push([bytes.toString("utf8", 4, keyEnd), bytes.toString("utf8", keyEnd + 4)]);
  }
  return rows;
}

describe("tags that are indexed", () => {
  test("have the text of their value", () => {
    expect(
      rowsOf(new TagIndex(), [
        text("string", "é"),
        { key: "yes", type: "bool", value: true },
        { key: "no", type: "bool", value: false },
        { key: "int", type: "int64", value: -9007199254740993n },
        { key: "float", type: "float64", value: 0.1 },
        { key: "binary", type: "binary", value: Uint8Array.of(1, 255) },
        text("", ""),
      ]),
    ).toEqual([
      ["string", "é"],
      ["yes", "true"],
      ["no", "false"],
      ["int", "-9007199254740993"],
      ["float", "0.1"],
      ["binary", "01ff"],
      ["", ""],
    ]);
  });

  test("are those whose keys the operator chose", () => {
    const tags = [text("a", "1"), text("b", "2")];
    expect(rowsOf(new TagIndex({ blacklist: ["a"] }), tags)).toEqual(["filtered", ["b", "2"]]);
    expect(rowsOf(new TagIndex({ whitelist: ["a"] }), tags)).toEqual([["a", "1"], "filtered"]);
  });

  test("have keys and values below 256 bytes and no JSON object", () => {
    const long = "v".repeat(256);
    expect(
      rowsOf(new TagIndex(), [
        text("fits", "v".repeat(255)),
        text("long", long),
        text(long, "x"),
        text("bytes", "é".repeat(128)),
        text("object", '{"a":1}'),
        text("array", "[1]"),
        text("broken", "{a"),
        { key: "large", type: "binary", value: new Uint8Array(128) },
        { key: "other", type: "unknown", code: 9 },
      ]).map((row) => (typeof row === "string" ? row : row[0])),
    ).toEqual(["fits", "skipped", "skipped", "skipped", "skipped", "array", "broken", "skipped", "skipped"]);
  });

  test("are those that a search may look up", () => {
    const index = new TagIndex({ blacklist: ["hidden"] });
    expect(index.canFind("a", "1")).toBe(true);
    expect(index.canFind("hidden", "1")).toBe(false);
    expect(index.canFind("a", "v".repeat(256))).toBe(false);
    expect(index.canFind("a", '{"b":2}')).toBe(false);
    expect(new TagIndex({ tags: false, processTags: false, logs: false }).canFind("a", "1")).toBe(false);
  });
});
