import type { Span } from "@spoor/span-model";
import { batchOf, childOf, SpanGenerator } from "@spoor/storage-testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { type CurrentServer, clear, documents, http, open } from "./server.ts";

const NOBODY = { tenant: "" };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What v1 adds up when it shows who calls whom: every document whose time is within the day, whatever its id. */
interface V1Document {
  readonly timestamp: string;
  readonly dependencies: readonly { readonly parent: string; readonly child: string; readonly callCount: number }[];
}

export function dependenciesSuite(server: CurrentServer): void {
  describe("calls between services", () => {
    const generator = new SpanGenerator(8, { timePrecisionNs: 1000n });
    beforeEach(() => clear(server()));

    const now = Date.now();
    const range = { startTimeMs: now - DAY_MS, endTimeMs: now + HOUR_MS };
    const span = (serviceName: string, parent?: Span): Span =>
      generator.span({
        process: { serviceName, tags: [] },
        tags: [],
        ...(parent === undefined ? {} : { traceId: parent.traceId, references: [childOf(parent)] }),
      });
    const callOf = () => {
      const root = span("front");
      return [root, span("back", root)];
    };
    const v1Sum = async () => {
      let sum = 0;
      for (const { _source } of await documents(server(), "jaeger-dependencies-*")) {
        const { timestamp, dependencies } = _source as unknown as V1Document;
        expect(Object.keys(_source).sort()).toEqual(["dependencies", "timestamp"]);
        expect(new Date(timestamp).getTime() % HOUR_MS).toBe(0);
        for (const link of dependencies) {
          expect(link).toEqual({ parent: "front", child: "back", callCount: expect.any(Number) });
          sum += link.callCount;
        }
      }
      return sum;
    };

    it("are in v1's documents once the spans are stored, however often and by whomever they are sent", async () => {
      const [one, other] = await Promise.all([open(server()), open(server())]);
      const calls = Array.from({ length: 20 }, callOf);
      await Promise.all(calls.map((spans) => one.writer.write(batchOf(spans))));
      // A sender that heard nothing sends again, to the same collector or to another.
      await Promise.all(calls.map((spans) => other.writer.write(batchOf(spans))));
      await Promise.all(calls.map((spans) => one.writer.write(batchOf(spans))));
      await Promise.all([one.close(), other.close()]);
      expect(await v1Sum()).toBe(20);
      // And again after a restart.
      const restarted = await open(server());
      await Promise.all(calls.map((spans) => restarted.writer.write(batchOf(spans))));
      await restarted.writer.write(batchOf(callOf()));
      await restarted.close();
      expect(await v1Sum()).toBe(21);
      const reader = await open(server());
      expect(await reader.dependencies.getDependencies(range, NOBODY)).toEqual([
        { parent: "front", child: "back", callCount: 21, source: "" },
      ]);
      await reader.close();
    });

    it("are found when the two sides came to two collectors", async () => {
      const [one, other] = await Promise.all([open(server()), open(server())]);
      for (let i = 0; i < 10; i++) {
        const [root, child] = callOf() as [Span, Span];
        await one.writer.write(batchOf([root]));
        await other.writer.write(batchOf([child]));
      }
      await http(server(), "POST", `/${server().prefix}-*/_refresh`);
      await Promise.all([one.close(), other.close()]);
      expect(await v1Sum()).toBe(10);
    });

    it("of hours that nobody counted are counted from all spans, or not at all", async () => {
      const storage = await open(server(), { countDependencies: false });
      for (let i = 0; i < 5; i++) await storage.writer.write(batchOf(callOf()));
      await storage.close();
      expect(await v1Sum()).toBe(0);
      const all = await open(server());
      expect(await all.dependencies.getDependencies(range, NOBODY)).toMatchObject([{ callCount: 5 }]);
      await all.close();
      const few = await open(server(), { maxDependencySpans: 9 });
      expect(await few.dependencies.getDependencies(range, NOBODY)).toEqual([]);
      await few.close();
    });

    it("of a short time are counted from its spans alone", async () => {
      const storage = await open(server());
      const early = callOf();
      const late = callOf().map((each) => ({ ...each, startTimeNs: each.startTimeNs + 600_000_000_000n }));
      await storage.writer.write(batchOf([...early, ...late]));
      const startMs = Number((early[1]?.startTimeNs ?? 0n) / 1_000_000n);
      const short = { startTimeMs: startMs - 1000, endTimeMs: startMs + 1000 };
      expect(await storage.dependencies.getDependencies(short, NOBODY)).toMatchObject([{ callCount: 1 }]);
      await storage.close();
    });

    it("that were counted for a whole day take the place of those of its hours", async () => {
      const storage = await open(server());
      await storage.writer.write(batchOf(callOf()));
      const asked = { startTimeMs: 0, endTimeMs: 0 };
      await storage.dependencies.getDependencies(asked, NOBODY);
      const [hour] = await documents(server(), "jaeger-dependencies-*");
      const day = Math.floor(Date.parse(String(hour?._source.timestamp)) / DAY_MS) * DAY_MS;
      for (const callCount of [3, 7]) {
        await storage.writeDependencies(day, [{ parent: "front", child: "back", callCount, source: "" }]);
      }
      const wholeDay = { startTimeMs: day, endTimeMs: day + DAY_MS - 1 };
      expect(await storage.dependencies.getDependencies(wholeDay, NOBODY)).toEqual([
        { parent: "front", child: "back", callCount: 7, source: "" },
      ]);
      await storage.close();
      expect(await documents(server(), "jaeger-dependencies-*")).toMatchObject([
        {
          _id: new Date(day).toISOString().slice(0, 10),
          _source: {
            timestamp: new Date(day).toISOString(),
            dependencies: [{ parent: "front", child: "back", callCount: 7 }],
          },
        },
      ]);
    });
  });
}
