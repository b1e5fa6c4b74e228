import { goJsonString } from "@spoor/go-text";
import type { QueryService } from "@spoor/query-service";
import type { TraceQuery } from "@spoor/storage-api";
import { invalidParameter } from "../errors.ts";
import { parseDuration } from "../go/parse-duration.ts";
import { parseBool, parseInt10 } from "../go/parse-number.ts";
import { parseRfc3339 } from "../go/parse-time.ts";
import type { QueryValues } from "../go/query-values.ts";
import type { SearchLimits } from "../options.ts";
import { otlpResult } from "../otlp/otlp-result.ts";
import { completenessHeaders } from "./completeness.ts";
import { named, parseTraceIdParameter } from "./params.ts";
import { type HttpReply, v3ErrorReply, v3Reply } from "./reply.ts";
import { type ApiRequest, readOptionsOf } from "./request.ts";
import type { Route } from "./router.ts";
import { clampLimit, durationBounds } from "./trace-query.ts";

const NO_TRACES = "No traces found";

/** The routes of the v3 API (jaegertracing/jaeger `cmd/query/app/apiv3/http_gateway.go`). */
export function v3Routes(service: QueryService, limits: SearchLimits): readonly Route[] {
  const get = (path: string, handle: Route["handle"]): Route => ({
    method: "GET",
    path: `/api/v3/${path}`,
    api: "v3",
    handle,
  });
  return [
    get("traces/*", (request) => getTrace(service, request)),
    get("traces", (request) => findTraces(service, limits, request)),
    get("services", (request) => getServices(service, request)),
    get("operations", (request) => getOperations(service, request)),
  ];
}

async function getTrace(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const { query } = request;
  const traceId = v3Parameter("trace_id", () => parseTraceIdParameter(request.variables[0] ?? ""));
  // Hints for stores that need them; they must be well-formed all the same.
  optional(query, "start_time", parseRfc3339);
  optional(query, "end_time", parseRfc3339);
  const raw = optional(query, "raw_traces", parseBool) ?? false;
  const view = await service.getTrace(traceId, { ...readOptionsOf(request), raw });
  if (!view) return v3ErrorReply(404, NO_TRACES, request.acceptsJson);
  return v3Reply(otlpResult([view]), request.acceptsJson);
}

async function findTraces(service: QueryService, limits: SearchLimits, request: ApiRequest): Promise<HttpReply> {
  const query = parseFindTraces(request.query, limits);
  const raw = optional(request.query, "query.raw_traces", parseBool) ?? false;
  const found = await service.findTraces(query, { ...readOptionsOf(request), raw });
  const traces = found.traces[Symbol.asyncIterator]();
  const first = await traces.next();
  if (first.done) return v3ErrorReply(404, NO_TRACES, request.acceptsJson);
  return v3Reply(
    otlpResult(withFirst(first.value, traces)),
    request.acceptsJson,
    completenessHeaders(found.completeness),
  );
}

async function* withFirst<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** In v1's order. `query.attributes` and `query.search_depth` are ignored, as there. */
function parseFindTraces(query: QueryValues, limits: SearchLimits): TraceQuery {
  if (query.first("query.start_time_min") === "" || query.first("query.start_time_max") === "")
    throw invalidParameter("query.start_time_min and query.start_time_max are required");
  const startTimeMinNs = optional(query, "query.start_time_min", parseRfc3339) ?? 0n;
  const startTimeMaxNs = optional(query, "query.start_time_max", parseRfc3339) ?? 0n;
  const limit = optional(query, "query.num_traces", (text) => parseInt10(text, 64, "Atoi")) ?? 0n;
  const durationMinNs = optional(query, "query.duration_min", parseDuration) ?? 0n;
  const durationMaxNs = optional(query, "query.duration_max", parseDuration) ?? 0n;
  const operationName = query.first("query.operation_name");
  return {
    serviceName: query.first("query.service_name"),
    ...(operationName === "" ? {} : { operationName }),
    tags: new Map(),
    startTimeMinNs,
    startTimeMaxNs,
    ...durationBounds(durationMinNs, durationMaxNs),
    limit: clampLimit(limit, limits),
  };
}

async function getServices(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const names = await service.getServices({ ...readOptionsOf(request) });
  return v3Reply(
    names.length === 0 ? "{}" : `{"services":[${names.map(goJsonString).join(",")}]}`,
    request.acceptsJson,
  );
}

async function getOperations(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const serviceName = request.query.first("service");
  const spanKind = request.query.first("span_kind");
  const operations = await service.getOperations(
    { serviceName, ...(spanKind === "" ? {} : { spanKind }) },
    { ...readOptionsOf(request) },
  );
  // Protobuf's JSON leaves empty fields out.
  const items = operations.map(({ name, spanKind: kind }) => {
    const fields = [
      name === "" ? "" : `"name":${goJsonString(name)}`,
      kind === "" ? "" : `"spanKind":${goJsonString(kind)}`,
    ];
    return `{${fields.filter((field) => field !== "").join(",")}}`;
  });
  return v3Reply(`{"operations":[${items.join(",")}]}`, request.acceptsJson);
}

function optional<T>(query: QueryValues, name: string, parse: (text: string) => T): T | undefined {
  const text = query.first(name);
  return text === "" ? undefined : v3Parameter(name, () => parse(text));
}

function v3Parameter<T>(name: string, parse: () => T): T {
  return named(`malformed parameter ${name}`, parse);
}
