import type { EncodedProcess, EncodedSpan } from "@spoor/span-wire";
import { createReader } from "./create-reader.ts";
import { JaegerDecoder } from "./jaeger-decoder.ts";
import { DEFAULT_THRIFT_LIMITS, type ThriftLimits } from "./limits.ts";
import type { ThriftProtocol } from "./types.ts";

/** What a client counted of its own losses since it started (jaeger.thrift `ClientStats`). */
export interface JaegerClientStats {
  readonly fullQueueDroppedSpans: bigint;
  readonly tooLargeDroppedSpans: bigint;
  readonly failedToEmitSpans: bigint;
}

/** A decoded jaeger.thrift `Batch`. */
export interface JaegerBatch {
  readonly spans: EncodedSpan[];
  /** The process of all `spans`. */
  readonly process: EncodedProcess;
  readonly seqNo: bigint | undefined;
  readonly stats: JaegerClientStats | undefined;
}

/**
 * Reads a bare jaeger.thrift `Batch` struct, as clients post it to `/api/traces` in the binary protocol. What stands behind the
 * struct is ignored. Throws ThriftError with the text that Go's generated code gives.
 */
export function decodeJaegerBatch(
  bytes: Uint8Array,
  protocol: ThriftProtocol = "binary",
  limits: ThriftLimits = DEFAULT_THRIFT_LIMITS,
): JaegerBatch {
  return new JaegerDecoder(createReader(bytes, protocol), limits).batch();
}
