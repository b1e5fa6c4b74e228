import type { GrpcCall } from "@spoor/grpc-server";
import type { SpanBatch } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import { writeFailureStatus } from "../write-failure.ts";

/** Writes a batch and gives the reply when it is stored; a batch without spans has nothing to wait for. */
export function writeAndReply(
  writer: SpanWriter,
  batch: SpanBatch,
  call: GrpcCall,
  reply: Uint8Array,
): Uint8Array | Promise<Uint8Array> {
  if (batch.spans.length === 0) return reply;
  const signal = call.signal;
  return writer.write(batch, signal === undefined ? undefined : { signal }).then(
    () => reply,
    (error) => {
      throw writeFailureStatus(error);
    },
  );
}
