import type { KeyValue, Log, Process, Span } from "@spoor/span-model";
import protobuf from "protobufjs";

const MODEL = `
syntax = "proto3";
package jaeger.api_v2;
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message KeyValue {
  string key = 1; int32 v_type = 2; string v_str = 3; bool v_bool = 4; int64 v_int64 = 5; double v_float64 = 6; bytes v_binary = 7;
}
message Log { Timestamp timestamp = 1; repeated KeyValue fields = 2; }
message SpanRef { bytes trace_id = 1; bytes span_id = 2; int32 ref_type = 3; }
message Process { string service_name = 1; repeated KeyValue tags = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string operation_name = 3; repeated SpanRef references = 4; uint32 flags = 5;
  Timestamp start_time = 6; Duration duration = 7; repeated KeyValue tags = 8; repeated Log logs = 9; Process process = 10;
  string process_id = 11; repeated string warnings = 12;
}
message Batch { repeated Span spans = 1; Process process = 2; }
`;

const root = protobuf.parse(MODEL, { keepCase: true }).root;

/** Encodes with protobufjs what the given message holds; absent properties are left out. */
export function oracleEncode(
  type: "Span" | "Process" | "Batch",
  message: Readonly<Record<string, unknown>>,
): Uint8Array {
  const oracle = root.lookupType(`jaeger.api_v2.${type}`);
  return new Uint8Array(oracle.encode(oracle.create(message)).finish());
}

/** Decodes with protobufjs: int64 as text, bytes as base64, absent fields with their defaults. */
export function oracleDecode(type: "Span" | "Process", bytes: Uint8Array): Record<string, unknown> {
  const oracle = root.lookupType(`jaeger.api_v2.${type}`);
  return oracle.toObject(oracle.decode(bytes), { longs: String, bytes: String, defaults: true, arrays: true });
}

/** The message that Go would write for a span: zero values left out, ids and times always there. */
export function goSpan(span: Span): Record<string, unknown> {
  return {
    trace_id: Buffer.from(span.traceId, "hex"),
    span_id: Buffer.from(span.spanId, "hex"),
    ...present("operation_name", span.operationName),
    references: span.references.map(({ type, traceId, spanId }) => ({
      trace_id: Buffer.from(traceId, "hex"),
      span_id: Buffer.from(spanId, "hex"),
      ...present("ref_type", type === "FOLLOWS_FROM" ? 1 : 0),
    })),
    ...present("flags", span.flags),
    start_time: secondsNanos(span.startTimeNs, true),
    duration: secondsNanos(span.durationNs, false),
    tags: span.tags.map(goKeyValue),
    logs: span.logs.map(({ timestampNs, fields }: Log) => ({
      timestamp: secondsNanos(timestampNs, true),
      fields: fields.map(goKeyValue),
    })),
    warnings: span.warnings,
  };
}

export function goProcess(process: Process): Record<string, unknown> {
  return { ...present("service_name", process.serviceName), tags: process.tags.map(goKeyValue) };
}

function goKeyValue(tag: KeyValue): Record<string, unknown> {
  const key = present("key", tag.key);
  switch (tag.type) {
    case "string":
      return { ...key, ...present("v_str", tag.value) };
    case "bool":
      return { ...key, v_type: 1, ...present("v_bool", tag.value) };
    case "int64":
      return { ...key, v_type: 2, ...(tag.value === 0n ? {} : { v_int64: long(tag.value) }) };
    case "float64":
      return { ...key, v_type: 3, ...present("v_float64", tag.value) };
    case "binary":
      return { ...key, v_type: 4, ...(tag.value.length === 0 ? {} : { v_binary: tag.value }) };
    default:
      return { ...key, v_type: tag.code };
  }
}

function secondsNanos(ns: bigint, floor: boolean): Record<string, unknown> {
  let seconds = ns / 1_000_000_000n;
  let nanos = ns % 1_000_000_000n;
  if (floor && nanos < 0n) {
    seconds -= 1n;
    nanos += 1_000_000_000n;
  }
  return { ...(seconds === 0n ? {} : { seconds: long(seconds) }), ...present("nanos", Number(nanos)) };
}

function present(name: string, value: string | number | boolean): Record<string, unknown> {
  return value === "" || value === 0 || value === false ? {} : { [name]: value };
}

/** What protobufjs takes for an int64. */
function long(value: bigint): { readonly low: number; readonly high: number; readonly unsigned: boolean } {
  const bits = BigInt.asUintN(64, value);
  return { low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: false };
}
