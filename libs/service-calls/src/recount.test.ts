import { describe, expect, it } from "vitest";
import type { WantedSpans } from "./pending-spans.ts";
import { type RecountedSpan, recountCalls } from "./recount.ts";

const DAY_MS = 86_400_000;
const DAY = { startTimeMs: 20_000 * DAY_MS, endTimeMs: 20_001 * DAY_MS };
const NOON_US = DAY.startTimeMs * 1000 + 43_200_000_000;

const span = (traceId: string, spanId: string, serviceName: string, more: Partial<RecountedSpan> = {}) => ({
  traceId,
  spanId,
  parentSpanId: undefined,
  serviceName,
  spanKind: "",
  startTimeUs: NOON_US,
  ...more,
});

/** A store that gives these groups, and finds `elsewhere` by ids. */
function store(groups: readonly (readonly RecountedSpan[])[], elsewhere: readonly RecountedSpan[] = groups.flat()) {
  const requests: (readonly WantedSpans[])[] = [];
  return {
    requests,
    async *spanGroups() {
      yield* groups;
    },
    async findSpans(wanted: readonly WantedSpans[]) {
      requests.push(wanted);
      return new Map(
        wanted.map(({ traceId, spanIds }) => [
          traceId,
          elsewhere.filter((each) => each.traceId === traceId && spanIds.has(each.spanId)),
        ]),
      );
    },
  };
}

const link = (parent: string, child: string, callCount: number) => ({ parent, child, callCount, source: "" });

describe("calls counted once more", () => {
  it("are those of called spans that started on the day, each once", async () => {
    const called = span("t", "2", "back", { parentSpanId: "1" });
    const spans = [
      span("t", "1", "front"),
      called,
      { ...called },
      span("t", "3", "back", { parentSpanId: "1", startTimeUs: DAY.startTimeMs * 1000 }),
      span("t", "4", "back", { parentSpanId: "1", startTimeUs: DAY.startTimeMs * 1000 - 1 }),
      span("t", "5", "back", { parentSpanId: "1", startTimeUs: DAY.endTimeMs * 1000 }),
      span("t", "6", "front", { parentSpanId: "1" }),
    ];
    expect(await recountCalls(store([spans]), DAY)).toEqual({ links: [link("front", "back", 2)], spans: 4 });
  });

  it("find a caller of the day before, and nobody for a caller that is nowhere", async () => {
    const early = span("t", "1", "front", { startTimeUs: NOON_US - 2 * DAY_MS * 1000 });
    const spans = [span("t", "2", "back", { parentSpanId: "1" }), span("u", "2", "back", { parentSpanId: "1" })];
    const { links } = await recountCalls(store([spans], [early]), DAY);
    expect(links).toEqual([link("front", "back", 1)]);
  });

  it("go across groups of a trace that is larger than one, and requests stay small", async () => {
    const root = span("t", "root", "front");
    const children = Array.from({ length: 1300 }, (_, i) =>
      span("t", `c${i}`, "back", { parentSpanId: i % 2 === 0 ? "root" : `c${i - 1}` }),
    );
    const far = children.map((each, i) => span("t", `far${i}`, "deep", { parentSpanId: each.spanId }));
    const from = store([[root, ...children], far]);
    const { links } = await recountCalls(from, DAY);
    expect(links).toEqual([link("front", "back", 650), link("back", "deep", 1300)]);
    expect(from.requests.map((wanted) => wanted.reduce((sum, { spanIds }) => sum + spanIds.size, 0))).toEqual([
      500, 500, 300,
    ]);
  });

  it("of halves that share an id go from the client's service to the server's", async () => {
    const spans = [
      span("t", "1", "front", { spanKind: "client" }),
      span("t", "1", "back", { spanKind: "server" }),
      span("t", "2", "deep", { parentSpanId: "1" }),
    ];
    const { links } = await recountCalls(store([spans]), DAY);
    expect(links).toEqual([link("front", "back", 1), link("back", "deep", 1)]);
  });

  it("go to the service that a last span names, when that is asked for", async () => {
    const spans = [
      span("t", "1", "front", { peerService: "not counted: a root" }),
      span("t", "2", "front", { parentSpanId: "1", peerService: "not counted: it has a child" }),
      span("t", "3", "back", { parentSpanId: "2", peerService: "mysql" }),
      span("t", "4", "back", { parentSpanId: "2", peerService: "back" }),
    ];
    const { links } = await recountCalls(store([spans]), DAY);
    expect(links).toEqual([link("front", "back", 2), link("back", "mysql", 1)]);
  });

  it("stop when they are told to", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"));
    await expect(recountCalls(store([[span("t", "1", "a")]]), DAY, { signal })).rejects.toThrow("interrupted");
  });
});
