import type { KeyValue, Span } from "@spoor/span-model";
import { batchOf, childOf, SpanGenerator } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { AdjustedTrace } from "./adjusted-trace.ts";

const MS = 1_000_000n;
const HOUR = 3_600_000n * MS;
const DISABLED = "clock skew adjustment disabled; not applying calculated delta of";

describe("the clock skew adjuster", () => {
  const generator = new SpanGenerator(3);
  const { baseTimeNs } = generator;

  /** A span of a host, `startMs` after the base time. */
  function span(host: string, startMs: number, durationMs: number, parent?: Span, given: Partial<Span> = {}): Span {
    const tags: KeyValue[] = host === "" ? [] : [{ key: "ip", type: "string", value: host }];
    return generator.span({
      process: { serviceName: `service-${host}`, tags },
      startTimeNs: baseTimeNs + BigInt(startMs) * MS,
      durationNs: BigInt(durationMs) * MS,
      tags: [],
      logs: [],
      ...(parent === undefined ? {} : { traceId: parent.traceId, references: [childOf(parent)] }),
      ...given,
    });
  }

  /** Start in ms after the base time, and warnings, by operation name. */
  function adjust(spans: readonly Span[], maxNs: bigint = HOUR): Map<string, readonly [number, readonly string[]]> {
    const view = new AdjustedTrace("id", batchOf(spans).spans, maxNs);
    const shown = [...view.spans()].map((each): [string, readonly [number, readonly string[]]] => [
      each.operationName,
      [Number(each.startTimeNs - baseTimeNs) / 1e6, each.warnings],
    ]);
    return new Map(shown);
  }

  it("leaves a child alone that lies within its parent", () => {
    const root = span("a", 0, 100, undefined, { operationName: "root" });
    const exact = span("b", 0, 100, root, { operationName: "exact" });
    expect(adjust([root, exact]).get("exact")).toEqual([0, []]);
  });

  it("centres a child of another host that starts too early or ends too late", () => {
    const root = span("a", 0, 100);
    const early = span("b", -50, 20, root, { operationName: "early" });
    const late = span("b", 95, 20, root, { operationName: "late" });
    const shown = adjust([root, early, late]);
    expect(shown.get("early")).toEqual([40, ["This span's timestamps were adjusted by 90ms"]]);
    expect(shown.get("late")).toEqual([40, ["This span's timestamps were adjusted by -55ms"]]);
  });

  it("moves a child that outlived its parent no further than the parent's start", () => {
    const root = span("a", 0, 10);
    const early = span("b", -7, 30, root, { operationName: "early" });
    const later = span("b", 500, 30, root, { operationName: "later" });
    const shown = adjust([root, early, later]);
    expect(shown.get("early")?.[0]).toBe(0);
    expect(shown.get("later")).toEqual([500, []]);
  });

  it("carries the shift on to descendants of the same host and compares others with the moved parent", () => {
    const root = span("a", 0, 100);
    const moved = span("b", 1000, 50, root);
    const sameHost = span("b", 1010, 10, moved, { operationName: "same" });
    const third = span("c", 1010, 10, moved, { operationName: "third" });
    const shown = adjust([third, sameHost, moved, root]);
    expect(shown.get("same")?.[0]).toBe(35);
    expect(shown.get("third")?.[0]).toBe(45);
  });

  it("trusts one clock on one host, and none of an unknown host", () => {
    const root = span("a", 0, 100);
    const known = span("a", -50, 20, root, { operationName: "known" });
    const unknown = span("", -50, 20, root, { operationName: "unknown" });
    const shown = adjust([root, known, unknown]);
    expect(shown.get("known")).toEqual([-50, []]);
    expect(shown.get("unknown")?.[0]).toBe(40);
  });

  it("moves logs along with their span", () => {
    const root = span("a", 0, 100);
    const logs = [{ timestampNs: baseTimeNs - 45n * MS, fields: [] }];
    const child = span("b", -50, 20, root, { logs });
    const view = new AdjustedTrace("id", batchOf([root, child]).spans, HOUR);
    const shown = [...view.spans()].find((each) => each.spanId === child.spanId);
    expect(shown?.logs[0]?.timestampNs).toBe(baseTimeNs + 45n * MS);
  });

  it("only warns beyond the limit, and of every shift when the limit is zero", () => {
    const root = span("a", 0, 10);
    const child = span("b", 2000, 10, root, { operationName: "child" });
    const sameHost = span("b", 2001, 1, child, { operationName: "same" });
    const spans = [root, child, sameHost];
    expect(adjust(spans, 2000n * MS).get("child")).toEqual([0, ["This span's timestamps were adjusted by -2s"]]);
    expect(adjust(spans, 1999n * MS).get("child")).toEqual([
      2000,
      ["max clock skew adjustment delta of 1.999s exceeded; not applying calculated delta of -2s"],
    ]);
    expect(adjust(spans, 0n).get("child")).toEqual([2000, [`${DISABLED} -2s`]]);
    expect(adjust(spans, 0n).get("same")).toEqual([2001, [`${DISABLED} -2s`]]);
  });

  it("warns of a missing parent and of all but one span of an id", () => {
    const root = span("a", 0, 10, undefined, { operationName: "root" });
    const references = [{ type: "CHILD_OF", traceId: root.traceId, spanId: "00000000000000ff" }] as const;
    const orphan = { ...span("b", 900, 10), traceId: root.traceId, references, operationName: "orphan" };
    const double = { ...root, operationName: "double", startTimeNs: root.startTimeNs + 1n };
    const shown = adjust([root, double, orphan]);
    expect(shown.get("orphan")?.[1]).toEqual([
      "invalid parent span IDs=00000000000000ff; skipping clock skew adjustment",
    ]);
    expect(shown.get("root")?.[1]).toEqual([]);
    expect(shown.get("double")?.[1]).toEqual(["duplicate span IDs; skipping clock skew adjustment"]);
  });

  it("leaves circles of parents and spans that are their own parent alone", () => {
    const one = span("a", 0, 10, undefined, { operationName: "one" });
    const two = span("b", 900, 10, one, { operationName: "two" });
    const self = span("a", 0, 10, undefined, { operationName: "self" });
    const shown = adjust([
      { ...one, references: [childOf(two)] },
      two,
      { ...self, traceId: one.traceId, references: [{ ...childOf(self), traceId: one.traceId }] },
    ]);
    expect([...shown.values()]).toEqual([
      [0, []],
      [0, []],
      [900, []],
    ]);
  });

  it("keeps nanoseconds and survives starts that are thousands of years apart", () => {
    const root = span("a", 0, 10, undefined, { startTimeNs: 1n, durationNs: 11n });
    const child = span("b", 0, 10, root, {
      operationName: "child",
      startTimeNs: 1_000_000_000_000_000_001n,
      durationNs: 4n,
    });
    const far = span("b", 0, 10, root, {
      operationName: "far",
      startTimeNs: 253_402_300_799_999_999_999n,
      durationNs: 1n,
    });
    const shown = adjust([root, child, far], 0n);
    expect(shown.get("child")?.[1]).toEqual([`${DISABLED} -277777h46m39.999999997s`]);
    // Go's difference of two times ends at 64 bits of nanoseconds.
    expect(shown.get("far")?.[1]).toEqual([`${DISABLED} -2562047h47m16.854775808s`]);
  });
});
