import { readFileSync } from "node:fs";
import { type PrometheusServer, requireService, startPrometheus } from "@spoor/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningQuery, startQueryDaemon } from "./testing/running-query.ts";
import { spanMetricsSamples } from "./testing/span-metrics.ts";

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
});
