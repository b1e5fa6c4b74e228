import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callerOf } from "./calling-span.ts";
import { PendingSpans, type StoredSpan, type StoredSpanBytes } from "./pending-spans.ts";

interface Sent {
  readonly traceId: string;
  readonly span: StoredSpan;
}

const NONE = "0".repeat(16);
const id = (digits: number) => (value: number) => value.toString(16).padStart(digits, "0");
/** Few ids, so that traces have many spans, ids come twice and parents are there or not. */
const sent: fc.Arbitrary<Sent> = fc.record({
  traceId: fc.nat(5).map(id(32)),
  span: fc.record({
    spanId: fc.integer({ min: 1, max: 40 }).map(id(16)),
    parentSpanId: fc.option(fc.integer({ min: 1, max: 40 }).map(id(16)), { nil: undefined }),
    serviceName: fc.constantFrom("front", "back", "deep"),
    spanKind: fc.constantFrom("", "client", "server"),
    startTimeMs: fc.nat(1e6),
    mayShareId: fc.boolean(),
  }),
});

/** The span's ids somewhere in a buffer. */
function bytesOf({ traceId, span }: Sent): StoredSpanBytes {
  const { spanId, parentSpanId, ...rest } = span;
  const buffer = Buffer.from(`ff${spanId}${traceId}ff${parentSpanId ?? NONE}`, "hex");
  return { ...rest, buffer, traceIdStart: 9, spanIdStart: 1, parentSpanIdStart: parentSpanId === undefined ? -1 : 26 };
}

/** Adds a span every millisecond, every other one as text. */
function pendingWith(all: readonly Sent[]): PendingSpans {
  const pending = new PendingSpans();
  all.forEach((each, i) => {
    if (i % 2 === 0) pending.add(bytesOf(each), i);
    else pending.addText(each.traceId, each.span, i);
  });
  return pending;
}

function byTrace(all: readonly Sent[]): ReadonlyMap<string, readonly StoredSpan[]> {
  const traces = new Map<string, StoredSpan[]>();
  for (const { traceId, span } of all) traces.set(traceId, [...(traces.get(traceId) ?? []), span]);
  return traces;
}

describe("spans that wait to be counted", () => {
  it("come back by trace as they were, the traces in the order of their first spans", () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 200 }), (all) => {
        const pending = pendingWith(all);
        expect(pending.size).toBe(all.length);
        const taken = [];
        while (pending.hasDue(Number.POSITIVE_INFINITY, 0)) taken.push(pending.take());
        expect(taken.map(({ traceId, spans }) => [traceId, spans])).toEqual([...byTrace(all)]);
        expect(taken.map(({ sinceMs }) => sinceMs)).toEqual(
          [...byTrace(all).keys()].map((traceId) => all.findIndex((each) => each.traceId === traceId)),
        );
        expect([pending.size, pending.traceCount]).toEqual([0, 0]);
      }),
    );
  });

  it("are told of with their callers when the trace has them all, as the rule for callers says", () => {
    let whole = 0;
    fc.assert(
      fc.property(fc.array(sent, { minLength: 1, maxLength: 12 }), (some) => {
        const all = some.map((each) => ({ ...each, span: { ...each.span, mayShareId: false } }));
        const pending = pendingWith(all);
        const told: unknown[] = [];
        const [spans = []] = byTrace(all).values();
        const count = pending.takeWhole((...call) => told.push(call));
        if (count === 0) {
          expect([pending.size, told]).toEqual([all.length, []]);
          return;
        }
        whole++;
        const known = new Map(spans.map((span) => [span.spanId, [span]]));
        expect(known.size).toBe(spans.length);
        expect(told).toEqual(
          spans.map((span) => [span.startTimeMs, callerOf(span, known)?.serviceName, span.serviceName]),
        );
        expect([count, pending.size]).toEqual([spans.length, all.length - spans.length]);
      }),
      { numRuns: 2000 },
    );
    expect(whole).toBeGreaterThan(100);
  });

  it("are not told of when one may share its id, comes twice, is its own parent or has its parent elsewhere", () => {
    const span: StoredSpan = {
      spanId: id(16)(1),
      parentSpanId: undefined,
      serviceName: "front",
      spanKind: "",
      startTimeMs: 1,
      mayShareId: false,
    };
    const traceId = id(32)(1);
    const one = (more: Partial<StoredSpan>): Sent => ({ traceId, span: { ...span, ...more } });
    const refused = [
      [one({ mayShareId: true })],
      [one({}), one({})],
      [one({ parentSpanId: id(16)(1) })],
      [one({}), one({ spanId: id(16)(2), parentSpanId: id(16)(3) })],
    ];
    for (const all of refused) expect(pendingWith(all).takeWhole(() => undefined)).toBe(0);
    expect(pendingWith([one({}), one({ spanId: id(16)(2), parentSpanId: id(16)(1) })]).takeWhole(() => undefined)).toBe(
      2,
    );
  });

  it("keep their order and content while thousands come and go", () => {
    const pending = new PendingSpans();
    const model: (readonly [string, string[]])[] = [];
    let next = 0;
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 400; i++) {
        const traceId = id(32)(next);
        const spans = [id(16)(next + 1), id(16)(next + 2)];
        for (const spanId of spans) {
          const span = { spanId, parentSpanId: undefined, serviceName: "", spanKind: "", startTimeMs: 0 };
          pending.addText(traceId, { ...span, mayShareId: false }, round);
        }
        model.push([traceId, spans]);
        next++;
      }
      while (pending.hasDue(-1, 2 * 100 * round)) {
        const { traceId, spans } = pending.take();
        expect([traceId, spans.map(({ spanId }) => spanId)]).toEqual(model.shift());
      }
    }
    expect(pending.traceCount).toBe(model.length);
    expect(model.length).toBe(3900);
  });

  it("are due when they waited for long enough, or when there are more than there should be", () => {
    const pending = new PendingSpans();
    expect(pending.hasDue(Number.POSITIVE_INFINITY, 0)).toBe(false);
    pending.addText(
      id(32)(1),
      {
        spanId: id(16)(1),
        parentSpanId: undefined,
        serviceName: "front",
        spanKind: "",
        startTimeMs: 0,
        mayShareId: false,
      },
      1000,
    );
    expect([pending.hasDue(999, 1), pending.hasDue(1000, 1), pending.hasDue(999, 0)]).toEqual([false, true, true]);
  });
});
