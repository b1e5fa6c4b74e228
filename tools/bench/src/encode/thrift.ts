import { encodeEmitBatch, encodeJaegerBatch } from "@spoor/thrift-codec";
import type { WorkloadBatch } from "../workload.ts";

/** A bare `jaeger.Batch` in Thrift's binary protocol, as clients POST it. */
export function encodeThriftBatch(batch: WorkloadBatch): Buffer {
  return Buffer.from(encodeJaegerBatch(batch, "binary"));
}

/** An `emitBatch` message in Thrift's compact protocol, as clients send it over UDP. */
export function encodeCompactDatagram(batch: WorkloadBatch): Buffer {
  return Buffer.from(encodeEmitBatch(batch, "compact"));
}
