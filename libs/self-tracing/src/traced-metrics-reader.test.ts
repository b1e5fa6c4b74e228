import type { MetricFamily } from "@spoor/storage-api";
import { latenciesQuery } from "@spoor/storage-testkit";
import { expect, test } from "vitest";
import type { SelfTracing } from "./self-tracing.ts";
import { tracedMetricsReader } from "./traced-metrics-reader.ts";

const QUERY = latenciesQuery({ serviceNames: ["a", "b"] });
const NOBODY = { tenant: "" };

test("every query of span metrics is a span, which says what was asked for", async () => {
  const spans: unknown[] = [];
  const tracing: Pick<SelfTracing, "child"> = {
    child: (name, attributes, run) => {
      spans.push([name, attributes]);
      return run();
    },
  };
  const answer = (name: string) => async (): Promise<MetricFamily> => ({ name, help: "", metrics: [] });
  const reader = tracedMetricsReader(
    {
      getLatencies: answer("latencies"),
      getCallRates: answer("calls"),
      getErrorRates: answer("errors"),
      getMinStepMs: async () => 1,
    },
    tracing,
  );
  expect((await reader.getLatencies(QUERY, NOBODY)).name).toBe("latencies");
  expect((await reader.getCallRates(QUERY, NOBODY)).name).toBe("calls");
  expect((await reader.getErrorRates(QUERY, NOBODY)).name).toBe("errors");
  expect(await reader.getMinStepMs(NOBODY)).toBe(1);
  expect(spans).toEqual([
    ["get latencies", { service: "a,b", quantile: 0.5 }],
    ["get call rates", { service: "a,b" }],
    ["get error rates", { service: "a,b" }],
  ]);
});
