import type { MetricFamily, MetricsReader } from "@spoor/storage-api";
import type { QueryValues } from "../go/query-values.ts";
import { envelope } from "../json/envelope.ts";
import { indentJson } from "../json/indent.ts";
import { metricFamilyJson } from "../json/metrics-json.ts";
import { parseLatenciesQuery, parseMetricsQuery } from "./metrics-query.ts";
import { errorReply, type HttpReply, jsonReply, wantsIndentation } from "./reply.ts";
import { type ApiRequest, readOptionsOf } from "./request.ts";
import type { Route } from "./router.ts";

/** The routes of span metrics; without a reader they are there, and answer 501. */
export function metricsRoutes(reader: MetricsReader | undefined): readonly Route[] {
  const route = <Query>(
    name: string,
    parse: (query: QueryValues, nowMs: number) => Query,
    read: (from: MetricsReader, query: Query, request: ApiRequest) => Promise<MetricFamily>,
  ): Route => ({
    method: "GET",
    path: `/api/metrics/${name}`,
    api: "v1",
    async handle(request) {
      // Wrong parameters are told before the fact that there is no metrics storage.
      const query = parse(request.query, Date.now());
      return reader === undefined ? disabled(request) : familyReply(request, await read(reader, query, request));
    },
  });
  return [
    route("latencies", parseLatenciesQuery, (from, query, request) => from.getLatencies(query, readOptionsOf(request))),
    route("calls", parseMetricsQuery, (from, query, request) => from.getCallRates(query, readOptionsOf(request))),
    route("errors", parseMetricsQuery, (from, query, request) => from.getErrorRates(query, readOptionsOf(request))),
    {
      method: "GET",
      path: "/api/metrics/minstep",
      api: "v1",
      handle: async (request) =>
        reader === undefined
          ? disabled(request)
          : minStepReply(request, await reader.getMinStepMs(readOptionsOf(request))),
    },
  ];
}

function disabled(request: ApiRequest): HttpReply {
  return errorReply(501, "metrics querying is currently disabled", request.acceptsJson);
}

function familyReply(request: ApiRequest, family: MetricFamily): HttpReply {
  const pieces = metricFamilyJson(family);
  return jsonReply(wantsIndentation(request.query) ? indentJson(pieces) : inPieces(pieces));
}

function minStepReply(request: ApiRequest, minStepMs: number): HttpReply {
  const json = envelope(String(minStepMs), 0, null);
  return jsonReply(wantsIndentation(request.query) ? indentJson([json]) : json);
}

async function* inPieces(pieces: Iterable<string>): AsyncGenerator<string, void, undefined> {
  yield* pieces;
}
