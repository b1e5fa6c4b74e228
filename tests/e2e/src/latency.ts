import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds of calls made one after the other, with a pause between them, until the promise is settled. */
export async function latenciesOf(call: () => Promise<unknown>, until: Promise<unknown>): Promise<readonly number[]> {
  const latencies: number[] = [];
  let over = false;
  const end = () => {
    over = true;
  };
  until.then(end, end);
  while (!over) {
    const start = performance.now();
    await call();
    latencies.push(performance.now() - start);
    await delay(5);
  }
  return latencies;
}

/** NaN of nothing. */
export function percentile(latencies: readonly number[], share: number): number {
  const sorted = [...latencies].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
