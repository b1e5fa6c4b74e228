import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type PrometheusServer, requireService, startPrometheus } from "@spoor/services";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningQuery, startQueryDaemon } from "./testing/running-query.ts";
import { ASKED_MS, spanMetricsSamples } from "./testing/span-metrics.ts";

interface Recorded {
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What a query of v1.67.0 answered over a Prometheus with the same samples, by the names that metrics have in it. */
const RECORDED = JSON.parse(readFileSync(new URL("fixtures/v1-metrics.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly Recorded[]>
>;
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  "default names": [],
  "normalized names": [
    "--prometheus.query.namespace=",
    "--prometheus.query.normalize-calls",
    "--prometheus.query.normalize-duration=true",
    "--prometheus.query.duration-unit=s",
  ],
};
/** Where v1's query means something else than what was asked for. */
const DIFFERENT = [
  /service=shop\.front/,
  /service=a%20%22quoted/,
  /service=\.\*/,
  /ratePer=90000/,
  /ratePer=500&/,
  /quantile=0\.999/,
];
const isDifferent = ({ path }: Recorded) => DIFFERENT.some((pattern) => pattern.test(path));

async function ask(url: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  const reply = await fetch(`${url}/api/metrics/${path}`, { headers: { connection: "close", ...headers } });
  return { status: reply.status, contentType: reply.headers.get("content-type"), text: await reply.text() };
}

interface Named {
  readonly labels: readonly { readonly name: string }[];
}

/** Without what is open: v1 gives labels in any order, and another version of Prometheus may compute another last digit. */
function comparable(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => {
    if (typeof value === "number") return Number(value.toPrecision(9));
    if (key === "labels") return [...(value as Named["labels"])].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (key === "metrics") return (value as Named[]).map((each) => [JSON.stringify(each.labels), each]).sort();
    return value;
  });
}

const prometheus = await requireService("prometheus");

describe.skipIf(!prometheus.available)(`span metrics in Prometheus ${prometheus.reason}`, () => {
  let server: PrometheusServer;
  const queries = new Map<string, RunningQuery>();
  beforeAll(async () => {
    server = await startPrometheus({ samples: spanMetricsSamples() });
    for (const [names, flags] of Object.entries(FLAGS)) {
      queries.set(names, await startQueryDaemon([`--prometheus.server-url=${server.url}`, ...flags]));
    }
  }, 120_000);
  afterAll(async () => {
    for (const query of queries.values()) await query.stop();
    await server?.close();
  });
  const urlOf = (names: string) => queries.get(names)?.url ?? "";

  describe.each(Object.entries(RECORDED))("under %s are answered as by v1", (names, cases) => {
    test.each(cases.filter((item) => !isDifferent(item)))("$path", async ({ path, status, contentType, body }) => {
      const answer = await ask(urlOf(names), path);
      // A query that Prometheus refuses is the asker's mistake; v1 takes it for its own.
      const isRefused = status === 500;
      expect(answer.status).toBe(isRefused ? 400 : status);
      expect(answer.contentType).toBe(contentType);
      expect(comparable(isRefused ? answer.text.replace('"code":400', '"code":500') : answer.text)).toEqual(
        comparable(body),
      );
    });
  });

  test.each(
    Object.entries(RECORDED).flatMap(([names, cases]) => cases.filter(isDifferent).map((item) => ({ names, ...item }))),
  )("are answered otherwise than by v1: $path", async ({ names, path, body }) => {
    expect(comparable((await ask(urlOf(names), path)).text)).not.toEqual(comparable(body));
  });

  describe("mean what was asked for, where v1's do not:", () => {
    const time = `endTs=${ASKED_MS}&lookback=0`;
    const rates = async (path: string) => {
      const { text } = await ask(urlOf("default names"), path);
      const family = JSON.parse(text) as {
        readonly metrics: readonly {
          readonly labels: readonly { readonly value: string }[];
          readonly metricPoints: readonly { readonly gaugeValue: { readonly doubleValue: number } }[];
        }[];
      };
      return family.metrics.map(({ labels, metricPoints }) => [
        labels.map(({ value }) => value).join(),
        Number(metricPoints[0]?.gaugeValue.doubleValue.toPrecision(6)),
      ]);
    };

    test("a service is the one of that name", async () => {
      expect((await rates(`calls?service=shop.front&${time}`)).map(([name]) => name)).toEqual(["shop.front"]);
      const name = 'a "quoted" \\ name';
      const quoted = await rates(`calls?service=${encodeURIComponent(name)}&groupByOperation=true&${time}`);
      expect(quoted.map(([labels]) => labels)).toEqual([`${name},<page> é`]);
      expect(await rates(`calls?service=.*&${time}`)).toEqual([]);
    });

    test("a rate is the mean over the time that was asked for", async () => {
      const [[, perMinute], [, perMinuteAndAHalf]] = [
        ...(await rates(`calls?service=checkout&ratePer=60000&${time}`)),
        ...(await rates(`calls?service=checkout&ratePer=90000&${time}`)),
      ] as [[string, number], [string, number]];
      // Calls grow, so that a longer time before now has fewer.
      expect(perMinuteAndAHalf).toBeLessThan(perMinute);
      expect(await rates(`calls?service=checkout&ratePer=500&${time}`)).toEqual([]);
    });

    test("a quantile has more than two digits", async () => {
      const { text } = await ask(urlOf("default names"), `latencies?service=checkout&quantile=0.999&${time}`);
      expect(JSON.parse(text)).toMatchObject({ help: "0.999th quantile latency, grouped by service" });
    });
  });

  test("are counted in v1's metrics of stores", async () => {
    const query = queries.get("normalized names");
    const text = await (await fetch(`${query?.adminUrl}/metrics`, { headers: { connection: "close" } })).text();
    for (const operation of ["get_latencies", "get_call_rates", "get_error_rates"]) {
      expect(text).toMatch(
        new RegExp(
          `jaeger_storage_requests_total\\{kind="prometheus",role="metricstore",operation="${operation}",result="ok"\\} 1\n`,
        ),
      );
    }
    expect(text).toContain('operation="get_min_step_duration",result="err"} 0');
  });
});

describe.skipIf(!prometheus.available)(`a Prometheus that checks who asks ${prometheus.reason}`, () => {
  let server: PrometheusServer;
  beforeAll(async () => {
    server = await startPrometheus({ samples: spanMetricsSamples(), tls: "mutual", authentication: true });
  }, 120_000);
  afterAll(() => server?.close());

  const path = `calls?service=checkout&endTs=${ASKED_MS}&lookback=0`;
  const answerWith = async (user: string, flags: readonly string[]) => {
    const query = await startQueryDaemon([`--prometheus.server-url=https://${user}127.0.0.1:${server.port}`, ...flags]);
    try {
      return await ask(query.url, path);
    } finally {
      await query.stop();
    }
  };
  const tls = () => ["--prometheus.tls.enabled", `--prometheus.tls.ca=${server.certificates?.authority}`];
  const client = () => [
    `--prometheus.tls.cert=${server.certificates?.clientCertificate}`,
    `--prometheus.tls.key=${server.certificates?.clientKey}`,
  ];

  test("answers those it knows", async () => {
    const answer = await answerWith(`${server.username}:${server.password}@`, [...tls(), ...client()]);
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"value":"checkout"') });
  });

  test("answers without its name being checked, when that is wanted", async () => {
    const flags = ["--prometheus.tls.enabled", "--prometheus.tls.skip-host-verify", ...client()];
    expect((await answerWith(`${server.username}:${server.password}@`, flags)).status).toBe(200);
  });

  test("refuses a wrong password, which is told without it", async () => {
    const answer = await answerWith(`${server.username}:wrong-one@`, [...tls(), ...client()]);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain("client error: 401");
    expect(answer.text).not.toContain("wrong-one");
  });

  test.each([
    ["without a certificate of ours", () => tls()],
    ["whose authority we do not know", () => ["--prometheus.tls.enabled", ...client()]],
    ["under another name", () => [...tls(), ...client(), "--prometheus.tls.server-name=elsewhere"]],
  ])("is not there for a connection %s", async (_what, flags) => {
    const answer = await answerWith(`${server.username}:${server.password}@`, flags());
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining("--prometheus.server-url") });
  });
});

describe("a query with span metrics", () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const launch = async (...flags: readonly string[]) => {
    const query = await startQueryDaemon(flags);
    ends.push(() => query.stop());
    return query;
  };

  test("starts while Prometheus is away, and says so when asked", async () => {
    const { url } = await launch("--prometheus.server-url=http://127.0.0.1:1");
    expect(await ask(url, "calls?service=a")).toMatchObject({
      status: 503,
      contentType: "text/plain; charset=utf-8",
      text: expect.stringContaining(
        "no answer from http://127.0.0.1:1 (--prometheus.server-url): connect ECONNREFUSED",
      ),
    });
    expect((await ask(url, "minstep")).status).toBe(200);
  });

  test.each([
    [[], undefined],
    [["--query.bearer-token-propagation"], "Bearer of-the-request"],
    [["--query.bearer-token-propagation", "--prometheus.token-override-from-context=false"], undefined],
  ])("passes a request's token on with %j", async (flags, expected) => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{"status":"success","data":{"resultType":"matrix","result":[]}}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    ends.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const { url } = await launch(
      `--prometheus.server-url= http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ...flags,
    );
    const answer = await ask(url, "calls?service=a", { authorization: "Bearer of-the-request" });
    expect(answer.text).toBe(
      '{"name":"service_call_rate","type":"GAUGE","help":"calls/sec, grouped by service","metrics":[]}',
    );
    expect(seen).toEqual([expected]);
  });

  test.each([
    ["--prometheus.query.duration-unit=h", "duration-unit must be one of"],
    ["--prometheus.server-url=localhost:9090", "(--prometheus.server-url)"],
    ["--prometheus.token-file=/not/there", "failed to get token from file"],
    ["--prometheus.tls.ca=/not/there", "prometheus.tls.* options cannot be used when prometheus.tls.enabled is false"],
    ["--prometheus.connect-timeout=soon", "parse error"],
  ])("does not start with %s", async (flag, text) => {
    await expect(startQueryDaemon([flag])).rejects.toThrow(text);
  });
});
