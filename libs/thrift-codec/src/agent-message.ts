import type { EncodedSpan } from "@spoor/span-wire";
import type { AgentDecoding } from "./agent-decoding.ts";
import { createReader } from "./create-reader.ts";
import { ThriftError } from "./errors.ts";
import type { JaegerBatch } from "./jaeger-decoder.ts";
import { JaegerDecoder } from "./jaeger-decoder.ts";
import { DEFAULT_THRIFT_LIMITS, type ThriftLimits } from "./limits.ts";
import type { ThriftReader } from "./reader.ts";
import { inField } from "./struct-errors.ts";
import { type ThriftProtocol, TYPE } from "./types.ts";
import { ZipkinCoreReader } from "./zipkin-core-reader.ts";
import { zipkinToJaeger } from "./zipkin-core-to-jaeger.ts";

/** What a datagram to an agent carried. */
export type AgentMessage =
  | ({ readonly kind: "jaeger" } & JaegerBatch)
  | { readonly kind: "zipkin"; readonly spans: EncodedSpan[] };

const EMIT_BATCH = "emitBatch";
const EMIT_ZIPKIN_BATCH = "emitZipkinBatch";

/**
 * Reads one message of agent.thrift, the whole of a UDP datagram: `emitBatch` or `emitZipkinBatch` of any message type, in the binary
 * protocol with or without the strict header. What stands behind the message is ignored. Zipkin spans are converted.
 * `shared` is for messages of this protocol alone. Throws ThriftError.
 */
export function decodeAgentMessage(
  bytes: Uint8Array,
  protocol: ThriftProtocol,
  limits: ThriftLimits = DEFAULT_THRIFT_LIMITS,
  shared?: AgentDecoding,
): AgentMessage {
  const reader = createReader(bytes, protocol);
  reader.messageBegin();
  if (isName(reader, EMIT_BATCH)) return { kind: "jaeger", ...readBatch(reader, limits, shared) };
  if (isName(reader, EMIT_ZIPKIN_BATCH)) return { kind: "zipkin", spans: readZipkinSpans(reader, limits) };
  const name = Buffer.from(reader.buffer.subarray(reader.stringStart, reader.stringEnd)).toString("utf8");
  throw new ThriftError("UNKNOWN_METHOD", `Unknown function ${name.slice(0, 100)}`);
}

function readBatch(reader: ThriftReader, limits: ThriftLimits, shared: AgentDecoding | undefined): JaegerBatch {
  let batch: JaegerBatch | undefined;
  readArguments(reader, "*agent.AgentEmitBatchArgs", TYPE.struct, () => {
    batch = new JaegerDecoder(reader, limits, shared).batch();
  });
  if (batch === undefined) throw new ThriftError("MISSING_FIELD", "emitBatch without a batch");
  return batch;
}

function readZipkinSpans(reader: ThriftReader, limits: ThriftLimits): EncodedSpan[] {
  let spans: EncodedSpan[] = [];
  readArguments(reader, "*agent.AgentEmitZipkinBatchArgs", TYPE.list, () => {
    spans = zipkinToJaeger(new ZipkinCoreReader(reader, limits).spans());
  });
  return spans;
}

/** Reads the struct of a method's arguments, of which field 1 of the type given is the only one. */
function readArguments(reader: ThriftReader, goName: string, argumentType: number, read: () => void): void {
  let known = false;
  const saved = reader.structBegin();
  try {
    for (let type = reader.fieldBegin(); type !== TYPE.stop; type = reader.fieldBegin()) {
      known = reader.fieldId === 1 && type === argumentType;
      if (known) read();
      else reader.skip(type);
      known = false;
    }
  } catch (error) {
    throw inField(error, reader, goName, known);
  }
  reader.structEnd(saved);
}

function isName(reader: ThriftReader, name: string): boolean {
  if (reader.stringEnd - reader.stringStart !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    if (reader.buffer[reader.stringStart + i] !== name.charCodeAt(i)) return false;
  }
  return true;
}
