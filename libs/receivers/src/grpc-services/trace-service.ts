import { GRPC_STATUS, GrpcError, type GrpcService, tenantOfCall } from "@spoor/grpc-server";
import { decodeOtlpProtobuf, EXPORT_RESPONSE_PROTOBUF, OtlpError } from "@spoor/otlp";
import type { EncodedSpan } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import type { Tenancy } from "@spoor/tenancy";
import { spanBatch } from "../span-batch.ts";
import { writeAndReply } from "./write-and-reply.ts";

/** OTLP's `TraceService`: Export, answered when the spans are stored. */
export function traceService(writer: SpanWriter, tenancy: Tenancy): GrpcService {
  return {
    name: "opentelemetry.proto.collector.trace.v1.TraceService",
    methods: {
      Export: {
        kind: "unary",
        // Spans are transcoded into a buffer of their own.
        copiesRequest: true,
        handle(request, call) {
          const tenant = tenantOfCall(tenancy, call);
          const spans = decode(request);
          const batch = spanBatch(spans, "otlp", "grpc", tenant, request.length);
          return writeAndReply(writer, batch, call, EXPORT_RESPONSE_PROTOBUF);
        },
      },
    },
  };
}

function decode(request: Buffer): EncodedSpan[] {
  try {
    return decodeOtlpProtobuf(request);
  } catch (cause) {
    if (!(cause instanceof OtlpError)) throw cause;
    throw new GrpcError(GRPC_STATUS.INTERNAL, `grpc: error unmarshalling request: ${cause.message}`, { cause });
  }
}
