import type { Throughput } from "@spoor/storage-api";
import { expect, it } from "vitest";
import { ADAPTIVE_DEFAULTS } from "./options.ts";
import { ProbabilityCalculator } from "./probability-calculator.ts";

const MINUTE_MS = 60_000;

function seen(count: number, ...probabilities: readonly string[]): readonly Throughput[] {
  return [{ serviceName: "shop", operationName: "buy", count, probabilities }];
}

function probabilityAfter(calculator: ProbabilityCalculator, throughput: readonly Throughput[]): number | undefined {
  calculator.addBucket(throughput, MINUTE_MS);
  return calculator.calculate()[0]?.probability;
}

it("a probability falls at once to what meets the target", () => {
  expect(probabilityAfter(new ProbabilityCalculator(ADAPTIVE_DEFAULTS), seen(600))).toBeCloseTo(0.0001, 10);
});

it("a probability at most doubles, also when nothing was sampled", () => {
  expect(probabilityAfter(new ProbabilityCalculator(ADAPTIVE_DEFAULTS), seen(6))).toBe(0.002);
  expect(probabilityAfter(new ProbabilityCalculator(ADAPTIVE_DEFAULTS), seen(0))).toBe(0.002);
});

it("a rate near the target changes nothing", () => {
  expect(probabilityAfter(new ProbabilityCalculator(ADAPTIVE_DEFAULTS), seen(75))).toBe(0.001);
});

it("a probability stays within the smallest and 1", () => {
  expect(probabilityAfter(new ProbabilityCalculator(ADAPTIVE_DEFAULTS), seen(60_000_000))).toBe(1e-5);
  const calculator = new ProbabilityCalculator({ ...ADAPTIVE_DEFAULTS, initialSamplingProbability: 0.9 });
  expect(probabilityAfter(calculator, seen(6))).toBe(1);
});

it("a probability waits until clients use it", () => {
  const calculator = new ProbabilityCalculator(ADAPTIVE_DEFAULTS);
  expect(probabilityAfter(calculator, seen(6, "0.001000"))).toBe(0.002);
  expect(probabilityAfter(calculator, seen(6, "0.001000"))).toBe(0.002);
  expect(probabilityAfter(calculator, seen(6, "0.001000", "0.002000"))).toBe(0.004);
});

it("what all collectors counted adds up", () => {
  const calculator = new ProbabilityCalculator(ADAPTIVE_DEFAULTS);
  expect(probabilityAfter(calculator, [...seen(300), ...seen(300)])).toBeCloseTo(0.0001, 10);
});

it("newer buckets weigh more", () => {
  const calculator = new ProbabilityCalculator({ ...ADAPTIVE_DEFAULTS, bucketsForCalculation: 2 });
  calculator.addBucket(seen(600), MINUTE_MS);
  calculator.addBucket(seen(60), MINUTE_MS);
  // Weights 16 and 1 of 17: (1 * 16 + 10 * 1) / 17.
  expect(calculator.calculate()[0]?.qps).toBeCloseTo(26 / 17, 10);
});

it("an operation that is called no more keeps its probability", () => {
  const calculator = new ProbabilityCalculator(ADAPTIVE_DEFAULTS);
  calculator.addBucket(seen(600), MINUTE_MS);
  calculator.calculate();
  let last: number | undefined;
  for (let i = 0; i < 20; i++) last = probabilityAfter(calculator, []);
  expect(last).toBeCloseTo(0.0001, 10);
});

it("goes on from what another collector calculated", () => {
  const calculator = new ProbabilityCalculator(ADAPTIVE_DEFAULTS);
  calculator.restore([{ serviceName: "shop", operationName: "buy", probability: 0.5, qps: 1 }]);
  expect(probabilityAfter(calculator, seen(600, "0.500000"))).toBeCloseTo(0.05, 10);
});
