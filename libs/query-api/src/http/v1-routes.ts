import { goJsonString } from "@spoor/go-text";
import type { QueryService } from "@spoor/query-service";
import type { TraceId } from "@spoor/span-model";
import type { DependencyLink } from "@spoor/storage-api";
import { parseInt10 } from "../go/parse-number.ts";
import { type QueryValues, unescapeQuery } from "../go/query-values.ts";
import { envelope, type ReplyError, tracesEnvelope } from "../json/envelope.ts";
import { indentJson } from "../json/indent.ts";
import type { JsonTrace } from "../json/trace-json.ts";
import type { SearchLimits } from "../options.ts";
import { completenessHeaders } from "./completeness.ts";
import { ARCHIVE_NOT_CONFIGURED, TRACE_NOT_FOUND } from "./failure.ts";
import { booleanParameter, parameter, parseTraceIdParameter, timeParameter } from "./params.ts";
import { QUALITY_METRICS } from "./quality-metrics.ts";
import { errorReply, type HttpReply, jsonReply, wantsIndentation } from "./reply.ts";
import { type ApiRequest, readOptionsOf } from "./request.ts";
import type { Route } from "./router.ts";
import { parseTraceSearch } from "./trace-query.ts";
import { transformOtlp } from "./transform.ts";

const NS_PER_MS = 1_000_000n;
const DEFAULT_LOOKBACK_MS = 86_400_000n;

/** The routes of the v1 JSON API (jaegertracing/jaeger `cmd/query/app/http_handler.go`). */
export function v1Routes(service: QueryService, limits: SearchLimits): readonly Route[] {
  const route = (method: "GET" | "POST", path: string, handle: Route["handle"]): Route => ({
    method,
    path: `/api/${path}`,
    api: "v1",
    handle,
  });
  return [
    route("GET", "traces/*", (request) => getTrace(service, request)),
    route("POST", "archive/*", (request) => archiveTrace(service, request)),
    route("GET", "traces", (request) => search(service, limits, request)),
    route("GET", "services", (request) => getServices(service, request)),
    route("GET", "operations", (request) => getOperations(service, request)),
    route("GET", "services/*/operations", (request) => getOperationNames(service, request)),
    route("POST", "transform", async (request) => tracesReply(request, transformOtlp(request.body), [])),
    route("GET", "dependencies", (request) => getDependencies(service, request)),
    route("GET", "quality-metrics", async (request) => dataReply(request, JSON.stringify(QUALITY_METRICS))),
  ];
}

async function getTrace(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const { traceId, raw } = traceParameters(request);
  const view = await service.getTrace(traceId, { ...readOptionsOf(request), raw });
  if (!view) return errorReply(404, TRACE_NOT_FOUND, request.acceptsJson);
  return tracesReply(request, [view], []);
}

async function archiveTrace(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const { traceId } = traceParameters(request);
  if (!service.archiveEnabled) return errorReply(500, ARCHIVE_NOT_CONFIGURED, request.acceptsJson);
  await service.archiveTrace(traceId, { ...readOptionsOf(request) });
  return dataReply(request, envelope("[]", 0, []));
}

/** The id and what else v1 reads of a request for one trace; start and end are hints that we have no use for. */
function traceParameters(request: ApiRequest): { readonly traceId: TraceId; readonly raw: boolean } {
  const traceId = parseTraceIdParameter(request.variables[0] ?? "");
  timeParameter(request.query, "start", 1000n, 0n);
  timeParameter(request.query, "end", 1000n, 0n);
  return { traceId, raw: booleanParameter(request.query, "raw") };
}

async function search(service: QueryService, limits: SearchLimits, request: ApiRequest): Promise<HttpReply> {
  const { query, traceIds, raw } = parseTraceSearch(request.query, limits, nowNs());
  const options = { ...readOptionsOf(request), raw };
  if (traceIds.length > 0) {
    const missing: ReplyError[] = [];
    return tracesReply(request, tracesById(service, traceIds, options, missing), missing);
  }
  const found = await service.findTraces(query, options);
  return tracesReply(request, found.traces, [], completenessHeaders(found.completeness));
}

async function* tracesById(
  service: QueryService,
  traceIds: readonly TraceId[],
  options: { readonly tenant: string; readonly signal: AbortSignal; readonly raw: boolean },
  missing: ReplyError[],
): AsyncGenerator<JsonTrace> {
  for (const traceId of traceIds) {
    const view = await service.getTrace(traceId, options);
    if (view) yield view;
    else missing.push({ message: TRACE_NOT_FOUND, traceId });
  }
}

async function getServices(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const names = await service.getServices({ ...readOptionsOf(request) });
  return dataReply(request, envelope(namesJson(names), names.length, null));
}

async function getOperationNames(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  // The router leaves the path escaped; a service whose escapes are broken has no operations.
  const serviceName = unescapeQuery(request.variables[0] ?? "") ?? "";
  const operations = await service.getOperations({ serviceName }, { ...readOptionsOf(request) });
  const names = [...new Set(operations.map((operation) => operation.name))];
  return dataReply(request, envelope(namesJson(names), names.length, null));
}

async function getOperations(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const serviceName = request.query.first("service");
  if (serviceName === "") return errorReply(400, "parameter 'service' is required", request.acceptsJson);
  const spanKind = request.query.first("spanKind");
  const operations = await service.getOperations(
    { serviceName, ...(spanKind === "" ? {} : { spanKind }) },
    { ...readOptionsOf(request) },
  );
  const items = operations.map(
    (operation) => `{"name":${goJsonString(operation.name)},"spanKind":${goJsonString(operation.spanKind)}}`,
  );
  return dataReply(request, envelope(`[${items.join(",")}]`, operations.length, null));
}

async function getDependencies(service: QueryService, request: ApiRequest): Promise<HttpReply> {
  const endNs = timeParameter(request.query, "endTs", NS_PER_MS, nowNs());
  const lookbackNs = parameter(
    request.query,
    "lookback",
    (text) => BigInt.asIntN(64, parseInt10(text, 64) * NS_PER_MS),
    DEFAULT_LOOKBACK_MS * NS_PER_MS,
  );
  const range = {
    startTimeMs: Number((endNs - lookbackNs) / NS_PER_MS),
    endTimeMs: Number(endNs / NS_PER_MS),
  };
  const links =
    range.startTimeMs > range.endTimeMs ? [] : await service.getDependencies(range, { ...readOptionsOf(request) });
  return dataReply(request, envelope(dependenciesJson(links, request.query), 0, null));
}

function dependenciesJson(links: readonly DependencyLink[], query: QueryValues): string {
  const only = query.first("service");
  const counts = new Map<string, { readonly parent: string; readonly child: string; count: number }>();
  for (const { parent, child, callCount } of links) {
    if (only !== "" && parent !== only && child !== only) continue;
    const key = `${parent.length}:${parent}${child}`;
    const known = counts.get(key);
    if (known) known.count += callCount;
    else counts.set(key, { parent, child, count: callCount });
  }
  const items = [...counts.values()].map(
    (link) => `{"parent":${goJsonString(link.parent)},"child":${goJsonString(link.child)},"callCount":${link.count}}`,
  );
  return `[${items.join(",")}]`;
}

function tracesReply(
  request: ApiRequest,
  traces: AsyncIterable<JsonTrace> | Iterable<JsonTrace>,
  errors: readonly ReplyError[],
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const pieces = tracesEnvelope(traces, errors);
  return jsonReply(wantsIndentation(request.query) ? indentJson(pieces) : pieces, headers);
}

function dataReply(request: ApiRequest, json: string): HttpReply {
  return jsonReply(wantsIndentation(request.query) ? indentJson([json]) : json);
}

function namesJson(names: readonly string[]): string {
  return names.length === 0 ? "null" : `[${names.map(goJsonString).join(",")}]`;
}

function nowNs(): bigint {
  return BigInt(Date.now()) * NS_PER_MS;
}
