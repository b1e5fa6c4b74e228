import { GRPC_STATUS, GrpcError, type GrpcService, tenantOfCall } from "@spoor/grpc-server";
import { type EncodedSpan, SpanWireError, scanPostSpansRequest } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import type { Tenancy } from "@spoor/tenancy";
import { spanBatch } from "../span-batch.ts";
import { writeAndReply } from "./write-and-reply.ts";

export const COLLECTOR_SERVICE = "jaeger.api_v2.CollectorService";
const NO_REPLY = new Uint8Array(0);

/** `jaeger.api_v2.CollectorService`: PostSpans, answered when the spans are stored. */
export function collectorService(writer: SpanWriter, tenancy: Tenancy): GrpcService {
  return {
    name: COLLECTOR_SERVICE,
    methods: {
      PostSpans: {
        kind: "unary",
        handle(request, call) {
          const tenant = tenantOfCall(tenancy, call);
          const spans = scan(request);
          const batch = spanBatch(spans, "proto", "grpc", tenant, request.length);
          return writeAndReply(writer, batch, call, NO_REPLY);
        },
      },
    },
  };
}

function scan(request: Buffer): EncodedSpan[] {
  try {
    return scanPostSpansRequest(request);
  } catch (cause) {
    if (!(cause instanceof SpanWireError)) throw cause;
    throw new GrpcError(GRPC_STATUS.INTERNAL, `grpc: error unmarshalling request: ${cause.message}`, { cause });
  }
}
