import { GRPC_STATUS, GrpcError, type GrpcService, type StreamedCall, serverStreaming } from "@spoor/grpc-server";
import type { QueryService } from "@spoor/query-service";
import { type TraceId, ZERO_TRACE_ID } from "@spoor/span-model";
import { completenessHeaders } from "../http/completeness.ts";
import { ARCHIVE_NOT_CONFIGURED, TRACE_NOT_FOUND } from "../http/failure.ts";
import { grpcFailure, readRequest } from "./failure.ts";
import { dependenciesReply, operationsReplyV2, servicesReply, spanChunks } from "./replies.ts";
import { readDependenciesRequest, readFindTracesRequest, readOperationsRequest, readTraceRequest } from "./requests.ts";
import type { Caller, ServiceContext } from "./service-context.ts";
import { traceQueryOf } from "./trace-query.ts";

export const QUERY_SERVICE_V2 = "jaeger.api_v2.QueryService";

const NS_PER_MS = 1_000_000n;

/** `jaeger.api_v2.QueryService` (jaegertracing/jaeger `cmd/query/app/grpc_handler.go`). */
export function queryServiceV2(context: ServiceContext): GrpcService {
  const { service, logger } = context;
  const unary = (handle: (request: Buffer, caller: Caller, signal: AbortSignal) => Promise<Uint8Array>) => ({
    kind: "unary" as const,
    handle: (request: Buffer, call: Parameters<ServiceContext["tenantOf"]>[0]) =>
      handle(request, context.callerOf(call), call.signal ?? NEVER),
  });
  return {
    name: QUERY_SERVICE_V2,
    methods: {
      GetTrace: serverStreaming((request, call) => getTrace(context, request, call)),
      FindTraces: serverStreaming((request, call) => findTraces(context, request, call)),
      ArchiveTrace: unary(async (request, caller, signal) => {
        const { traceId } = readRequest("unary", () => readTraceRequest(request));
        requireTraceId(traceId);
        await archive(service, traceId, caller, signal).catch((error: unknown) => {
          throw grpcFailure(error, "failed to archive trace", logger);
        });
        return new Uint8Array(0);
      }),
      GetServices: unary(async (_request, caller, signal) =>
        servicesReply(
          await service.getServices({ ...caller, signal }).catch((error: unknown) => {
            throw grpcFailure(error, "failed to fetch services", logger);
          }),
        ),
      ),
      GetOperations: unary(async (request, caller, signal) => {
        const { serviceName, spanKind } = readRequest("unary", () => readOperationsRequest(request));
        const query = { serviceName, ...(spanKind === "" ? {} : { spanKind }) };
        const operations = await service.getOperations(query, { ...caller, signal }).catch((error: unknown) => {
          throw grpcFailure(error, "failed to fetch operations", logger);
        });
        return operationsReplyV2(operations);
      }),
      GetDependencies: unary(async (request, caller, signal) => {
        const { startTimeNs, endTimeNs } = readRequest("unary", () => readDependenciesRequest(request));
        if (startTimeNs === undefined || endTimeNs === undefined)
          throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "StartTime and EndTime must be initialized.");
        if (startTimeNs > endTimeNs) return dependenciesReply([]);
        const range = { startTimeMs: Number(startTimeNs / NS_PER_MS), endTimeMs: Number(endTimeNs / NS_PER_MS) };
        const links = await service.getDependencies(range, { ...caller, signal }).catch((error: unknown) => {
          throw grpcFailure(error, "failed to fetch dependencies", logger);
        });
        return dependenciesReply(links);
      }),
    },
  };
}

/** Of a call without a deadline; its work is short and ends by itself. */
const NEVER: AbortSignal = new AbortController().signal;

async function* getTrace(context: ServiceContext, request: Buffer, streamed: StreamedCall): AsyncGenerator<Uint8Array> {
  const caller = context.callerOf(streamed.call);
  const { traceId, raw } = readRequest("streaming", () => readTraceRequest(request));
  requireTraceId(traceId);
  try {
    const view = await context.service.getTrace(traceId, { ...caller, signal: streamed.signal, raw });
    if (!view) throw new GrpcError(GRPC_STATUS.NOT_FOUND, `trace not found: ${TRACE_NOT_FOUND}`);
    yield* spanChunks(view.spans());
  } catch (error) {
    throw grpcFailure(error, "failed to fetch spans from the backend", context.logger);
  }
}

async function* findTraces(
  context: ServiceContext,
  request: Buffer,
  streamed: StreamedCall,
): AsyncGenerator<Uint8Array> {
  const caller = context.callerOf(streamed.call);
  const query = readRequest("streaming", () => readFindTracesRequest(request));
  if (!query) throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "missing query");
  try {
    const found = await context.service.findTraces(traceQueryOf(query, context.search), {
      ...caller,
      signal: streamed.signal,
      raw: query.raw,
    });
    for (const [name, value] of Object.entries(completenessHeaders(found.completeness))) streamed.header(name, value);
    for await (const view of found.traces) yield* spanChunks(view.spans());
  } catch (error) {
    throw grpcFailure(error, "failed when searching for traces", context.logger);
  }
}

async function archive(service: QueryService, traceId: TraceId, caller: Caller, signal: AbortSignal): Promise<void> {
  if (!service.archiveEnabled)
    throw new GrpcError(GRPC_STATUS.INTERNAL, `failed to archive trace: ${ARCHIVE_NOT_CONFIGURED}`);
  await service.archiveTrace(traceId, { ...caller, signal });
}

function requireTraceId(traceId: TraceId): void {
  if (traceId === ZERO_TRACE_ID)
    throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "uninitialized TraceID is not allowed");
}
