import { describe, expect, it } from "vitest";
import { QueryBuilder, quantileText } from "./promql.ts";
import { NAMES, QUERY } from "./testing/reader.ts";

const builder = new QueryBuilder(NAMES);

/** From jaegertracing/jaeger `internal/storage/metricstore/prometheus/metricstore/reader_test.go` of v1.67, with the time that was asked for. */
describe("a query", () => {
  it("is v1's for latencies", () => {
    expect(builder.latencies({ ...QUERY, serviceNames: ["emailservice"] }, 0.95)).toBe(
      'histogram_quantile(0.95, sum(rate(traces_span_metrics_duration_bucket{service_name =~ "emailservice", span_kind =~ "SPAN_KIND_SERVER"}[10m])) by (service_name,le))',
    );
  });

  it("is v1's for calls of several services and kinds by operation", () => {
    const query = {
      ...QUERY,
      serviceNames: ["frontend", "email-service"],
      spanKinds: ["SPAN_KIND_SERVER", "SPAN_KIND_CLIENT"],
      groupByOperation: true,
    } as const;
    expect(builder.callRates(query)).toBe(
      'sum(rate(traces_span_metrics_calls{service_name =~ "frontend|email-service", span_kind =~ "SPAN_KIND_SERVER|SPAN_KIND_CLIENT"}[10m])) by (service_name,span_name)',
    );
  });

  it("is v1's for errors, of every kind", () => {
    expect(builder.errorRates({ ...QUERY, spanKinds: [] })).toBe(
      'sum(rate(traces_span_metrics_calls{service_name =~ "checkout", status_code = "STATUS_CODE_ERROR", }[10m])) by (service_name) / sum(rate(traces_span_metrics_calls{service_name =~ "checkout", }[10m])) by (service_name)',
    );
  });

  it.each([
    [{}, "traces_span_metrics_calls{", "traces_span_metrics_duration_bucket{"],
    [{ namespace: "" }, "(calls{", "(duration_bucket{"],
    [{ normalizeCalls: true }, "_calls_total{", "_duration_bucket{"],
    [{ normalizeDuration: true }, "_calls{", "_duration_milliseconds_bucket{"],
    [{ normalizeDuration: true, durationUnit: "s" }, "_calls{", "_duration_seconds_bucket{"],
  ] as const)("names metrics as %j says", (names, calls, duration) => {
    const named = new QueryBuilder({ ...NAMES, ...names });
    expect(named.callRates(QUERY)).toContain(calls);
    expect(named.errorRates(QUERY)).toContain(calls);
    expect(named.latencies(QUERY, 0.5)).toContain(duration);
  });

  it.each([
    ["a.b", String.raw`"a\\.b"`],
    ["(a|b)*", String.raw`"\\(a\\|b\\)\\*"`],
    ['x"} or up{y="', String.raw`"x\"\\} or up\\{y=\""`],
    ["back\\slash", String.raw`"back\\\\slash"`],
    ["two\nlines", String.raw`"two\nlines"`],
    ["é-_/: 7", '"é-_/: 7"'],
  ])("takes the service name %j for itself", (name, text) => {
    expect(builder.callRates({ ...QUERY, serviceNames: [name] })).toContain(`service_name =~ ${text}, `);
  });

  it.each([
    [600_000, "10m"],
    [3_600_000, "1h"],
    [5_400_000, "90m"],
    [90_000, "90s"],
    [1500, "1500ms"],
    [500, "500ms"],
    [86_400_000, "24h"],
    [0, "0s"],
    [-600_000, "-10m"],
  ])("of rates per %d ms has the range %s", (ratePerMs, range) => {
    expect(builder.callRates({ ...QUERY, ratePerMs })).toContain(`}[${range}]`);
  });

  it.each([
    [0.95, "0.95"],
    [0.5, "0.50"],
    [1, "1.00"],
    [0.999, "0.999"],
    [0.123456789, "0.123456789"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
  ])("has the quantile %d as %s", (quantile, text) => {
    expect(quantileText(quantile)).toBe(text);
  });
});
