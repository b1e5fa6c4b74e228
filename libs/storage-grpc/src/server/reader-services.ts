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
import type { CallerOf } from "./caller.ts";
import { readRequest, storageStatus } from "./storage-status.ts";

export function readerService(reader: TraceReader, callerOf: CallerOf): GrpcService {
  return {
    name: SERVICE.reader,
    methods: {
      GetTrace: getTrace(reader, callerOf),
      GetServices: unary(callerOf, async (_, read) => encodeServices(await reader.getServices(read))),
      GetOperations: unary(callerOf, async (request, read) => {
        const query = readRequest("unary", () => decodeGetOperations(request));
        return encodeOperations(await reader.getOperations(query, read));
      }),
      FindTraces: findTraces(reader, callerOf),
      FindTraceIDs: unary(callerOf, async (request, read) =>
        encodeTraceIds(await reader.findTraceIds(readQuery("unary", request), read)),
      ),
    },
  };
}

export function archiveReaderService(reader: TraceReader, callerOf: CallerOf): GrpcService {
  return { name: SERVICE.archiveReader, methods: { GetArchiveTrace: getTrace(reader, callerOf) } };
}

export function dependenciesService(dependencies: DependencyReader, callerOf: CallerOf): GrpcService {
  return {
    name: SERVICE.dependencies,
    methods: {
      GetDependencies: unary(callerOf, async (request, read) => {
        const range = readRequest("unary", () => decodeGetDependencies(request));
        return encodeDependencies(await dependencies.getDependencies(range, read));
      }),
    },
  };
}

function unary(callerOf: CallerOf, handle: (request: Buffer, read: ReadOptions) => Promise<Uint8Array>): UnaryMethod {
  return {
    kind: "unary",
    async handle(request, call) {
      const { signal } = call;
      try {
        return await handle(request, { ...callerOf(call), ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        throw storageStatus(error);
      }
    },
  };
}

function getTrace(reader: TraceReader, callerOf: CallerOf): StreamingMethod {
  return serverStreaming(async function* (request, streamed) {
    const read = readOptions(streamed, callerOf);
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
function findTraces(reader: TraceReader, callerOf: CallerOf): StreamingMethod {
  return serverStreaming(async function* (request, streamed) {
    const read = readOptions(streamed, callerOf);
    const query = readQuery("streaming", request);
    try {
      const { traceIds } = await reader.findTraceIds(query, read);
      for await (const { spans } of reader.getTraces(traceIds, read)) yield* encodeChunks(spans);
    } catch (error) {
      throw storageStatus(error);
    }
  });
}

function readOptions({ call, signal }: StreamedCall, callerOf: CallerOf): ReadOptions {
  return { ...callerOf(call), signal };
}

/** v1 crashes on a request without a query. */
function readQuery(kind: "unary" | "streaming", request: Buffer): TraceQuery {
  const query = readRequest(kind, () => decodeFindTraces(request));
  if (query === undefined) throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "missing query");
  return query;
}
