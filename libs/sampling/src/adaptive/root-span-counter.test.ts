import type { KeyValue } from "@spoor/span-model";
import { StorageError, type Throughput } from "@spoor/storage-api";
import { describe, expect, it } from "vitest";
import { ADAPTIVE_DEFAULTS } from "./options.ts";
import { RootSpanCounter } from "./root-span-counter.ts";
import { StrategyCache } from "./strategy-cache.ts";
import { batchOf, rootSpan } from "./testing.ts";
import { ThroughputCounter } from "./throughput-counter.ts";

function string(key: string, value: string): KeyValue {
  return { key, type: "string", value };
}

async function counted(tags: readonly KeyValue[], asked = false): Promise<readonly Throughput[]> {
  const throughput = new ThroughputCounter();
  const strategies = new StrategyCache(ADAPTIVE_DEFAULTS);
  if (asked) strategies.strategyOf("shop");
  const writer = { write: async () => undefined };
  const counter = new RootSpanCounter({ writer, throughput, strategies, onInvalid: () => undefined });
  await counter.write(batchOf([rootSpan("shop", "buy", tags)]));
  return throughput.take().throughput;
}

describe("a root span", () => {
  it.each([
    [
      "of a probabilistic sampler counts",
      [string("sampler.type", "probabilistic"), string("sampler.param", "0.25")],
      1,
    ],
    [
      "of a lower bound sampler tells its probability only",
      [string("sampler.type", "lowerbound"), string("sampler.param", "0.25")],
      0,
    ],
    [
      "of OpenTelemetry's remote sampler for Go counts",
      [string("jaeger.sampler.type", "probabilistic"), string("jaeger.sampler.param", "0.25")],
      1,
    ],
    ["with a threshold in its tracestate counts", [string("w3c.tracestate", "vendor=1,ot=rv:1234567890abcd;th:c")], 1],
  ])("%s", async (_, tags, count) => {
    expect(await counted(tags)).toEqual([
      { serviceName: "shop", operationName: "buy", count, probabilities: ["0.250000"] },
    ]);
  });

  it("that says nothing counts with what its service was given, if it asked", async () => {
    expect(await counted([])).toEqual([]);
    expect(await counted([], true)).toEqual([
      { serviceName: "shop", operationName: "buy", count: 1, probabilities: ["0.001000"] },
    ]);
  });

  it.each([
    ["no number", "none"],
    ["nothing", ""],
  ])("with %s as its sampler's parameter does not count", async (_, param) => {
    expect(await counted([string("sampler.type", "probabilistic"), string("sampler.param", param)], true)).toEqual([]);
  });

  it("that the store refused does not count", async () => {
    const throughput = new ThroughputCounter();
    const strategies = new StrategyCache(ADAPTIVE_DEFAULTS);
    strategies.strategyOf("shop");
    const writer = { write: () => Promise.reject(new StorageError("UNAVAILABLE", "no store")) };
    const counter = new RootSpanCounter({ writer, throughput, strategies, onInvalid: () => undefined });
    await expect(counter.write(batchOf([rootSpan("shop", "buy", [])]))).rejects.toThrow("no store");
    expect(throughput.take().throughput).toEqual([]);
  });
});
