import { describe, expect, test } from "vitest";
import { ENTRIES_START, statementHeader } from "../driver/batch-frame.ts";
import { RowGroups } from "./row-groups.ts";

const ONE = 1;
const QUERY_ID = Buffer.alloc(16, 7);
const groups = () =>
  new RowGroups(
    [0, 1, 2, 3, 4].map(() => statementHeader(QUERY_ID, 2)),
    ONE,
  );

function add(rows: RowGroups, partition: string, value: Buffer | string, table = 1): void {
  rows.nextSpan();
  rows.begin(table);
  rows.out.text(partition);
  rows.endKey();
  rows.out.blob(Buffer.from(value));
  rows.end();
}

/** Partition and value of each row, by batch. */
function taken(rows: RowGroups): readonly (readonly (readonly [string, string])[])[] {
  return rows.take().map(({ frame }) =>
    Array.from(frame.split(), (single) => {
      const [partition = "", value = ""] = single.firstValues(2).map(String);
      return [partition, value] as const;
    }),
  );
}

describe("batches of rows", () => {
  test("keep rows of one partition together and hold ten partitions at most", () => {
    const rows = groups();
    for (let i = 0; i < 24; i++) add(rows, `p${i % 12}`, String(i));
    const batches = taken(rows);
    expect(batches.map((batch) => batch.length)).toEqual([20, 4]);
    for (const batch of batches) {
      const partitions = batch.map(([partition]) => partition);
      for (const partition of partitions) expect(partitions.filter((other) => other === partition)).toHaveLength(2);
    }
    expect(
      batches
        .flat()
        .map(([, value]) => Number(value))
        .sort((a, b) => a - b),
    ).toEqual([...Array(24).keys()]);
    expect(taken(rows)).toEqual([]);
  });

  test("tell apart partitions of one key in two tables", () => {
    const rows = groups();
    add(rows, "p", "1", 1);
    add(rows, "p", "2", 2);
    expect(rows.take().map((batch) => batch.rows)).toEqual([[0, 1, 1, 0, 0]]);
  });

  test("stay below the size that Cassandra warns of, unless they are of one partition", () => {
    const rows = groups();
    for (let i = 0; i < 10; i++) add(rows, `small${i}`, Buffer.alloc(1000));
    for (let i = 0; i < 100; i++) add(rows, "large", Buffer.alloc(1000));
    const batches = taken(rows);
    expect(batches.flat()).toHaveLength(110);
    for (const batch of batches) {
      const partitions = new Set(batch.map(([partition]) => partition));
      if (partitions.size > 1) expect(batch.length).toBeLessThanOrEqual(4);
      else expect(batch.length * 1000).toBeLessThan(65_536);
    }
    expect(batches.filter((batch) => batch[0]?.[0] === "large").map((batch) => batch.length)).toEqual([63, 37]);
  });

  test("have each row of a span once", () => {
    const rows = groups();
    rows.nextSpan();
    for (let i = 0; i < 2; i++) {
      rows.begin(4);
      rows.out.text("tag");
      rows.endKey();
      rows.out.text("x");
      rows.end();
    }
    rows.begin(4);
    rows.out.text("taken back");
    rows.cancel();
    expect(taken(rows)).toEqual([[["tag", "x"]]]);
  });

  test("find their way among many partitions", () => {
    const rows = groups();
    for (let i = 0; i < 20_000; i++) add(rows, `p${i % 10_000}`, String(i));
    const all = taken(rows).flat();
    expect(new Set(all.map(([, value]) => value)).size).toBe(20_000);
    for (const [partition, value] of all) expect(Number(value) % 10_000).toBe(Number(partition.slice(1)));
  });
});

describe("a batch's bytes", () => {
  test("are those of the protocol, but for a later timestamp the same for another attempt", () => {
    const rows = groups();
    add(rows, "p", "v");
    const [batch] = rows.take();
    const written = () => Buffer.from(batch?.frame.write({ protocolVersion: 4 }, 258) ?? []);
    const [first, second] = [written(), written()];
    const entry = `010010${QUERY_ID.toString("hex")}000200000001700000000176`;
    const body = `010001${entry}000120`;
    const length = (body.length / 2 + 8).toString(16).padStart(8, "0");
    expect(first.toString("hex").slice(0, -16)).toBe(`040001020d${length}${body}`);
    expect(second.subarray(0, -8)).toEqual(first.subarray(0, -8));
    const times = [first, second].map((bytes) => bytes.readBigInt64BE(bytes.length - 8));
    expect(Number(times[1]) - Number(times[0])).toBeGreaterThan(0);
    expect(Math.abs(Number(times[0]) / 1000 - Date.now())).toBeLessThan(60_000);
    expect(first[ENTRIES_START]).toBe(1);
    expect(() => batch?.frame.write({ protocolVersion: 2 }, 1)).toThrow("too old");
  });
});
