import { Counter, Registry } from "prom-client";
import { expect, test } from "vitest";
import type { MetricsSnapshot } from "./messages.ts";
import { SummedMetrics } from "./summed-metrics.ts";

async function counted(value: number): Promise<MetricsSnapshot> {
  const registry = new Registry();
  new Counter({ name: "asked_total", help: "Requests", registers: [registry] }).inc(value);
  return registry.getMetricsAsJSON();
}

test("what several processes counted that ended at one time stays counted", async () => {
  const summed = new SummedMetrics(new Registry());
  const [first, second, living] = await Promise.all([counted(1), counted(20), counted(300)]);
  summed.keep(first);
  summed.keep(second);
  expect(await summed.page([living])).toContain("asked_total 321\n");
});
