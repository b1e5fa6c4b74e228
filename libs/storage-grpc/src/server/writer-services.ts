import { GRPC_STATUS, type GrpcCall, GrpcError, type GrpcService, type UnaryMethod } from "@spoor/grpc-server";
import { ProcessTable } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import { NO_MESSAGE, SERVICE } from "../wire/services.ts";
import { decodeWriteSpan } from "../wire/spans.ts";
import { batchOf } from "./span-batch.ts";
import { SpanStream } from "./span-stream.ts";
import { readRequest, storageStatus } from "./storage-status.ts";
import { WriteBudget, type WriteLimits } from "./write-limits.ts";

export type TenantOf = (call: GrpcCall) => string;

/** Services that write: single spans and streams of them. */
export function writerServices(writer: SpanWriter, tenantOf: TenantOf, limits: WriteLimits): readonly GrpcService[] {
  const budget = new WriteBudget(limits.maxBytes);
  return [
    {
      name: SERVICE.writer,
      methods: {
        WriteSpan: writeSpan(writer, tenantOf),
        // The store is everybody's: nobody closes it from afar. v1's words.
        Close: {
          kind: "unary",
          handle(_, call) {
            tenantOf(call);
            throw new GrpcError(GRPC_STATUS.UNIMPLEMENTED, "span writer does not support graceful shutdown");
          },
        },
      },
    },
    {
      name: SERVICE.streamingWriter,
      methods: {
        WriteSpanStream: {
          kind: "streaming",
          open: (replies, call) => new SpanStream({ writer, tenant: () => tenantOf(call), limits, budget }, replies),
        },
      },
    },
  ];
}

export function archiveWriterService(writer: SpanWriter, tenantOf: TenantOf): GrpcService {
  return { name: SERVICE.archiveWriter, methods: { WriteArchiveSpan: writeSpan(writer, tenantOf) } };
}

/** One span, answered when it is stored. */
function writeSpan(writer: SpanWriter, tenantOf: TenantOf): UnaryMethod {
  return {
    kind: "unary",
    async handle(request, call) {
      const tenant = tenantOf(call);
      const span = readRequest("unary", () => decodeWriteSpan(request, new ProcessTable()));
      if (span === undefined) throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "the request has no span");
      try {
        await writer.write(batchOf([span], request.length, tenant));
      } catch (error) {
        throw storageStatus(error);
      }
      return NO_MESSAGE;
    },
  };
}
