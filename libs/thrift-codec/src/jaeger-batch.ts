import { createReader } from "./create-reader.ts";
import { type JaegerBatch, JaegerDecoder } from "./jaeger-decoder.ts";
import { DEFAULT_THRIFT_LIMITS, type ThriftLimits } from "./limits.ts";
import type { ThriftProtocol } from "./types.ts";

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
