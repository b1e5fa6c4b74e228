import type { MetricFamily, MetricsReader } from "@spoor/storage-api";
import { latenciesQuery } from "@spoor/storage-testkit";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { measureMetricsReader } from "./measured-metrics-reader.ts";
import { measureReader } from "./measured-reader.ts";

const NOBODY = { tenant: "" };
const FAMILY: MetricFamily = { name: "service_latencies", help: "", metrics: [] };
const QUERY = latenciesQuery();

function readerThat(answers: () => Promise<MetricFamily>): MetricsReader {
  return { getLatencies: answers, getCallRates: answers, getErrorRates: answers, getMinStepMs: async () => 1 };
}

describe("a measured reader of span metrics", () => {
  it("counts what was answered and what failed, by operation, beside the readers of spans", async () => {
    const registry = new Registry();
    measureReader({} as Parameters<typeof measureReader>[0], { registry, kind: "memory" });
    let answer = async (): Promise<MetricFamily> => FAMILY;
    const measured = measureMetricsReader(
      readerThat(() => answer()),
      { registry, kind: "prometheus" },
    );
    await measured.getLatencies(QUERY, NOBODY);
    await measured.getErrorRates(QUERY, NOBODY);
    await measured.getMinStepMs(NOBODY);
    answer = () => Promise.reject(new Error("gone"));
    await expect(measured.getCallRates(QUERY, NOBODY)).rejects.toThrow("gone");
    const text = await registry.metrics();
    const count = (operation: string, result: string) =>
      Number(
        text.match(
          new RegExp(
            `jaeger_storage_requests_total\\{kind="prometheus",role="metricstore",operation="${operation}",result="${result}"\\} (.*)`,
          ),
        )?.[1],
      );
    expect([count("get_latencies", "ok"), count("get_latencies", "err")]).toEqual([1, 0]);
    expect([count("get_call_rates", "ok"), count("get_call_rates", "err")]).toEqual([0, 1]);
    expect([count("get_error_rates", "ok"), count("get_min_step_duration", "ok")]).toEqual([1, 1]);
    expect(text).toMatch(/jaeger_storage_latency_count\{[^}]*operation="get_latencies"[^}]*\} 1/);
    expect(text).toContain('kind="memory"');
  });
});
