import {
  type LatenciesQuery,
  type MetricFamily,
  type MetricsQuery,
  type MetricsReader,
  type ReadOptions,
  StorageError,
} from "@spoor/storage-api";
import { createTenancy } from "@spoor/tenancy";
import { afterEach, describe, expect, it } from "vitest";
import { request } from "../testing/request.ts";
import { closeServers, startHttp } from "../testing/servers.ts";
import { spanService } from "../testing/span-service.ts";

afterEach(closeServers);

interface Call {
  readonly name: string;
  readonly query: MetricsQuery | LatenciesQuery | undefined;
  readonly options: ReadOptions;
}

const FAMILY: MetricFamily = {
  name: "service_latencies",
  help: 'latency "by" service & operation',
  metrics: [
    {
      labels: [
        { name: "service_name", value: "a" },
        { name: "operation", value: "" },
      ],
      points: [
        { timestampMs: 1_700_000_000_000, value: 1.5 },
        { timestampMs: 1_700_000_000_250, value: Number.NaN },
        { timestampMs: -1, value: Number.NEGATIVE_INFINITY },
        { timestampMs: 0, value: 0 },
        { timestampMs: 1, value: 1e-7 },
      ],
    },
    { labels: [], points: [] },
  ],
};

/** A reader that notes what it is asked. */
function noting(answer: () => Promise<MetricFamily>): { readonly reader: MetricsReader; readonly calls: Call[] } {
  const calls: Call[] = [];
  const note = (name: string) => (query: MetricsQuery, options: ReadOptions) => {
    calls.push({ name, query, options });
    return answer();
  };
  const reader = {
    getLatencies: note("latencies"),
    getCallRates: note("calls"),
    getErrorRates: note("errors"),
    getMinStepMs: async (options: ReadOptions) => {
      calls.push({ name: "minstep", query: undefined, options });
      return 1;
    },
  };
  return { reader, calls };
}

const service = spanService({});

describe("span metrics", () => {
  it("have the JSON of v1's protobuf", async () => {
    const url = await startHttp({ service, metrics: noting(async () => FAMILY).reader });
    const answer = await request(`${url}/api/metrics/latencies?service=a&quantile=0.5`);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.body.toString()).toBe(
      '{"name":"service_latencies","type":"GAUGE","help":"latency \\"by\\" service \\u0026 operation","metrics":[' +
        '{"labels":[{"name":"service_name","value":"a"},{"name":"operation"}],"metricPoints":[' +
        '{"gaugeValue":{"doubleValue":1.5},"timestamp":"2023-11-14T22:13:20Z"},' +
        '{"gaugeValue":{"doubleValue":"NaN"},"timestamp":"2023-11-14T22:13:20.250Z"},' +
        '{"gaugeValue":{"doubleValue":"-Infinity"},"timestamp":"1969-12-31T23:59:59.999Z"},' +
        '{"gaugeValue":{"doubleValue":0},"timestamp":"1970-01-01T00:00:00Z"},' +
        '{"gaugeValue":{"doubleValue":1e-7},"timestamp":"1970-01-01T00:00:00.001Z"}]},' +
        '{"labels":[],"metricPoints":[]}]}',
    );
    const pretty = await request(`${url}/api/metrics/calls?service=a&prettyPrint=1`);
    expect(pretty.body.toString()).toContain('{\n    "name": "service_latencies",\n    "type": "GAUGE",\n');
    expect(JSON.parse(pretty.body.toString())).toEqual(JSON.parse(answer.body.toString()));
    const step = await request(`${url}/api/metrics/minstep`);
    expect(step.body.toString()).toBe('{"data":1,"total":0,"limit":0,"offset":0,"errors":null}');
  });

  it("are asked for with v1's defaults, up to now", async () => {
    const { reader, calls } = noting(async () => FAMILY);
    const url = await startHttp({ service, metrics: reader });
    const before = Date.now();
    await request(`${url}/api/metrics/calls?service=a&endTs=&step=`);
    const [{ name, query, options } = {} as Call] = calls;
    expect(name).toBe("calls");
    expect(query).toEqual({
      serviceNames: ["a"],
      groupByOperation: false,
      spanKinds: ["SPAN_KIND_SERVER"],
      endTimeMs: expect.any(Number),
      lookbackMs: 3_600_000,
      stepMs: 5000,
      ratePerMs: 600_000,
    });
    expect(query?.endTimeMs).toBeGreaterThanOrEqual(before);
    expect(query?.endTimeMs).toBeLessThanOrEqual(Date.now());
    expect(options).toMatchObject({ tenant: "", signal: expect.any(AbortSignal) });
    expect(options.bearerToken).toBeUndefined();
  });

  it("are asked for as the parameters say", async () => {
    const { reader, calls } = noting(async () => FAMILY);
    const url = await startHttp({
      service,
      metrics: reader,
      bearerTokenPropagation: true,
      tenancy: createTenancy({ enabled: true, header: "x-tenant", tenants: ["acme"] }),
    });
    const path = `${url}/api/metrics/latencies?service=a&service=b+c&groupByOperation=T&spanKind=client&spanKind=unspecified&endTs=1700000000123&lookback=-5&step=+7&ratePer=9&quantile=.99`;
    expect((await request(path.replace("+7", "%2B7"))).status).toBe(401);
    await request(path.replace("+7", "%2B7"), { "x-tenant": "acme", authorization: "Bearer t" });
    expect(calls).toMatchObject([
      {
        name: "latencies",
        query: {
          serviceNames: ["a", "b c"],
          groupByOperation: true,
          spanKinds: ["SPAN_KIND_CLIENT", "SPAN_KIND_UNSPECIFIED"],
          endTimeMs: 1_700_000_000_123,
          lookbackMs: -5,
          stepMs: 7,
          ratePerMs: 9,
          quantile: 0.99,
        },
        options: { tenant: "acme", bearerToken: "t" },
      },
    ]);
  });

  it("are not asked for with wrong parameters", async () => {
    const { reader, calls } = noting(async () => FAMILY);
    const url = await startHttp({ service, metrics: reader });
    for (const path of [
      "calls",
      "latencies?service=a",
      "errors?service=a&spanKind=",
      "calls?service=a&step=1.5",
      "calls?service=a&endTs=9223372036854775808",
    ])
      expect((await request(`${url}/api/metrics/${path}`)).status).toBe(400);
    expect(calls).toEqual([]);
  });

  it.each([
    [new StorageError("INVALID_QUERY", "bad"), 400, "bad", undefined],
    [new StorageError("UNAVAILABLE", "away"), 503, "away", undefined],
    [new StorageError("OVERLOADED", "busy", { retryAfterMs: 1500 }), 503, "busy", "2"],
    [new StorageError("REJECTED", "who"), 500, "who", undefined],
    [new Error("secret"), 500, "internal error", undefined],
  ])("that cannot be had are told: %s", async (error, status, message, retryAfter) => {
    const url = await startHttp({ service, metrics: noting(() => Promise.reject(error)).reader });
    const answer = await request(`${url}/api/metrics/errors?service=a`);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(answer.headers["retry-after"]).toBe(retryAfter);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ data: null, errors: [{ code: status, msg: message }] });
  });

  it("are off without a reader", async () => {
    const url = await startHttp({ service });
    for (const path of ["latencies?service=a&quantile=0.5", "calls?service=a", "errors?service=a", "minstep"]) {
      const answer = await request(`${url}/api/metrics/${path}`);
      expect(answer.status).toBe(501);
      expect(answer.body.toString()).toContain('"msg":"metrics querying is currently disabled"');
    }
  });
});
