import { encodeStrategy } from "@spoor/sampling";
import { describe, expect, test } from "vitest";
import { RemoteStrategies } from "./remote-strategies.ts";

const HALF = { type: "probabilistic", samplingRate: 0.5 } as const;

describe("strategies from a collector", () => {
  test("are passed on, and the last good one stands while no collector answers", async () => {
    let away = false;
    const results: string[] = [];
    const strategies = new RemoteStrategies({
      call: async () => {
        if (away) throw Object.assign(new Error("14 UNAVAILABLE: gone"), { code: 14, details: "gone" });
        return encodeStrategy(HALF);
      },
      onAnswer: (result) => results.push(result),
    });
    expect(await strategies.getStrategy("known")).toEqual(HALF);
    away = true;
    expect(await strategies.getStrategy("known")).toEqual(HALF);
    await expect(strategies.getStrategy("unknown")).rejects.toThrow(
      "failed to get sampling strategy: rpc error: code = Unavailable desc = gone",
    );
    expect(results).toEqual(["ok", "err", "err"]);
  });
});
