import {
  GRPC_STATUS,
  type GrpcCall,
  GrpcError,
  type GrpcService,
  type StreamedCall,
  serverStreaming,
} from "@spoor/grpc-server";
import { encodeOtlpProtobuf } from "@spoor/otlp";
import type { Span } from "@spoor/span-model";
import { QueryApiError } from "../errors.ts";
import { completenessHeaders } from "../http/completeness.ts";
import { parseTraceIdParameter } from "../http/params.ts";
import { spanGroups } from "../otlp/span-groups.ts";
import { grpcFailure, readRequest } from "./failure.ts";
import { operationsReplyV3, servicesReply } from "./replies.ts";
import { readFindTracesRequest, readOperationsRequest, readTextTraceRequest } from "./requests.ts";
import type { Caller, ServiceContext } from "./service-context.ts";
import { traceQueryOf } from "./trace-query.ts";

export const QUERY_SERVICE_V3 = "jaeger.api_v3.QueryService";

/**
 * `jaeger.api_v3.QueryService` (jaegertracing/jaeger `cmd/query/app/apiv3/grpc_handler.go`). A trace is one `TracesData` (a large one
 * several); one that is not there is an empty stream.
 */
export function queryServiceV3(context: ServiceContext): GrpcService {
  const { service, logger } = context;
  return {
    name: QUERY_SERVICE_V3,
    methods: {
      GetTrace: serverStreaming((request, call) => getTrace(context, request, call)),
      FindTraces: serverStreaming((request, call) => findTraces(context, request, call)),
      GetServices: {
        kind: "unary",
        async handle(_request: Buffer, call: GrpcCall) {
          const options = readOptions(context, call);
          const names = await service.getServices(options).catch((error: unknown) => {
            throw grpcFailure(error, "cannot get services", logger);
          });
          return servicesReply(names);
        },
      },
      GetOperations: {
        kind: "unary",
        async handle(request: Buffer, call: GrpcCall) {
          const { serviceName, spanKind } = readRequest("unary", () => readOperationsRequest(request));
          const query = { serviceName, ...(spanKind === "" ? {} : { spanKind }) };
          const operations = await service.getOperations(query, readOptions(context, call)).catch((error: unknown) => {
            throw grpcFailure(error, "cannot get operations", logger);
          });
          return operationsReplyV3(operations);
        },
      },
    },
  };
}

function readOptions(context: ServiceContext, call: GrpcCall): Caller & { readonly signal?: AbortSignal } {
  const { signal } = call;
  return { ...context.callerOf(call), ...(signal ? { signal } : {}) };
}

async function* getTrace(context: ServiceContext, request: Buffer, streamed: StreamedCall): AsyncGenerator<Uint8Array> {
  const caller = context.callerOf(streamed.call);
  const { traceIdText, raw } = readRequest("streaming", () => readTextTraceRequest(request));
  const traceId = parseTraceId(traceIdText);
  try {
    const view = await context.service.getTrace(traceId, { ...caller, signal: streamed.signal, raw });
    if (view) yield* tracesData(view.spans());
  } catch (error) {
    throw grpcFailure(error, "cannot retrieve trace", context.logger);
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
  if (query.startTimeMinNs === undefined || query.startTimeMaxNs === undefined)
    throw new GrpcError(GRPC_STATUS.UNKNOWN, "start time min and max are required parameters");
  try {
    const found = await context.service.findTraces(traceQueryOf(query, context.search), {
      ...caller,
      signal: streamed.signal,
      raw: query.raw,
    });
    for (const [name, value] of Object.entries(completenessHeaders(found.completeness))) streamed.header(name, value);
    for await (const view of found.traces) yield* tracesData(view.spans());
  } catch (error) {
    throw grpcFailure(error, "cannot search traces", context.logger);
  }
}

/** One message, as in v1, unless the trace is so large that clients would refuse it. */
function* tracesData(spans: Iterable<Span>): Generator<Uint8Array> {
  for (const group of spanGroups(spans)) yield encodeOtlpProtobuf(group);
}

/** v1 leaves the status of its own error open, so grpc-go says UNKNOWN. */
function parseTraceId(text: string): string {
  try {
    return parseTraceIdParameter(text);
  } catch (cause) {
    if (!(cause instanceof QueryApiError)) throw cause;
    throw new GrpcError(GRPC_STATUS.UNKNOWN, `malform trace ID: ${cause.message}`, { cause });
  }
}
