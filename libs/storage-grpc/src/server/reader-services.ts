import {
  GRPC_STATUS,
  GrpcError,
  type GrpcService,
  type StreamedCall,
  type StreamingMethod,
  serverStreaming,
  type UnaryMethod,
} from "@spoor/grpc-server";
import type { DependencyReader, ReadOptions, TraceQuery, TraceReader } from "@spoor/storage-api";
import { encodeDependencies, encodeOperations, encodeServices, encodeTraceIds } from "../wire/replies.ts";
import { decodeFindTraces, decodeGetDependencies, decodeGetOperations, decodeGetTrace } from "../wire/requests.ts";
import { SERVICE, TRACE_NOT_FOUND } from "../wire/services.ts";
import { encodeChunks } from "../wire/spans.ts";
import { readRequest, storageStatus } from "./storage-status.ts";
import type { TenantOf } from "./writer-services.ts";

export function readerService(reader: TraceReader, tenantOf: TenantOf): GrpcService {
  return {
    name: SERVICE.reader,
    methods: {
      GetTrace: getTrace(reader, tenantOf),
      GetServices: unary(tenantOf, async (_, read) => encodeServices(await reader.getServices(read))),
      GetOperations: unary(tenantOf, async (request, read) => {
        const query = readRequest("unary", () => decodeGetOperations(request));
        return encodeOperations(await reader.getOperations(query, read));
      }),
      FindTraces: findTraces(reader, tenantOf),
      FindTraceIDs: unary(tenantOf, async (request, read) =>
        encodeTraceIds(await reader.findTraceIds(readQuery("unary", request), read)),
      ),
    },
  };
}

export function archiveReaderService(reader: TraceReader, tenantOf: TenantOf): GrpcService {
  return { name: SERVICE.archiveReader, methods: { GetArchiveTrace: getTrace(reader, tenantOf) } };
}

export function dependenciesService(dependencies: DependencyReader, tenantOf: TenantOf): GrpcService {
  return {
    name: SERVICE.dependencies,
    methods: {
      GetDependencies: unary(tenantOf, async (request, read) => {
        const range = readRequest("unary", () => decodeGetDependencies(request));
        return encodeDependencies(await dependencies.getDependencies(range, read));
      }),
    },
  };
}

function unary(tenantOf: TenantOf, handle: (request: Buffer, read: ReadOptions) => Promise<Uint8Array>): UnaryMethod {
  return {
    kind: "unary",
    async handle(request, call) {
      const { signal } = call;
      try {
        return await handle(request, { tenant: tenantOf(call), ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        throw storageStatus(error);
      }
    },
  };
}

function getTrace(reader: TraceReader, tenantOf: TenantOf): StreamingMethod {
  return serverStreaming(async function* (request, streamed) {
    const read = readOptions(streamed, tenantOf);
    const traceId = readRequest("streaming", () => decodeGetTrace(request));
    let found = false;
    try {
      for await (const spans of reader.getTrace(traceId, read)) {
        found ||= spans.length > 0;
        yield* encodeChunks(spans);
      }
    } catch (error) {
      throw storageStatus(error);
    }
    if (!found) throw new GrpcError(GRPC_STATUS.NOT_FOUND, TRACE_NOT_FOUND);
  });
}

/** A chunk never holds spans of two traces: clients take a change of the trace id for the next trace. */
function findTraces(reader: TraceReader, tenantOf: TenantOf): StreamingMethod {
  return serverStreaming(async function* (request, streamed) {
    const read = readOptions(streamed, tenantOf);
    const query = readQuery("streaming", request);
    try {
      const { traceIds } = await reader.findTraceIds(query, read);
      for await (const { spans } of reader.getTraces(traceIds, read)) yield* encodeChunks(spans);
    } catch (error) {
      throw storageStatus(error);
    }
  });
}

function readOptions({ call, signal }: StreamedCall, tenantOf: TenantOf): ReadOptions {
  return { tenant: tenantOf(call), signal };
}

/** v1 crashes on a request without a query. */
function readQuery(kind: "unary" | "streaming", request: Buffer): TraceQuery {
  const query = readRequest(kind, () => decodeFindTraces(request));
  if (query === undefined) throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "missing query");
  return query;
}
