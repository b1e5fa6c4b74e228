import {
  type KeyValue,
  type Log,
  type Process,
  type Span,
  type SpanReference,
  VALUE_TYPE,
  ZERO_SPAN_ID,
} from "@spoor/span-model";
import { MessageError } from "../errors.ts";

/*
 * `jaeger.api_v2.Span` as gogo's jsonpb writes it; see storage-kafka's JSON messages. Names may also be those of the .proto file, as in
 * jsonpb; fields that are not known are left out.
 */
type Json = Readonly<Record<string, unknown>>;

const BILLION = 1_000_000_000n;
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

/** Throws a MessageError where the text is not a span. */
export function parseSpanJson(text: string): Span {
  const json = objectOf(parse(text), "span");
  const traceId = idOf(field(json, "traceId", "trace_id"), 16);
  if (traceId === undefined) throw undecodable("no trace id");
  const process = field(json, "process", "process");
  return {
    traceId,
    spanId: idOf(field(json, "spanId", "span_id"), 8) ?? ZERO_SPAN_ID,
    operationName: textOf(field(json, "operationName", "operation_name")),
    references: listOf(field(json, "references", "references")).map(reference),
    flags: numberOf(field(json, "flags", "flags")),
    startTimeNs: timeOf(field(json, "startTime", "start_time")),
    durationNs: durationOf(field(json, "duration", "duration")),
    tags: listOf(field(json, "tags", "tags")).map(keyValue),
    logs: listOf(field(json, "logs", "logs")).map(log),
    process: process === undefined ? NO_PROCESS : processOf(objectOf(process, "process")),
    warnings: listOf(field(json, "warnings", "warnings")).map(textOf),
  };
}

const NO_PROCESS: Process = { serviceName: "", tags: [] };

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MessageError("UNDECODABLE", `not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function reference(value: unknown): SpanReference {
  const json = objectOf(value, "reference");
  const type = field(json, "refType", "ref_type");
  return {
    traceId: idOf(field(json, "traceId", "trace_id"), 16) ?? "0".repeat(32),
    spanId: idOf(field(json, "spanId", "span_id"), 8) ?? ZERO_SPAN_ID,
    type: type === "FOLLOWS_FROM" || type === 1 ? "FOLLOWS_FROM" : "CHILD_OF",
  };
}

function processOf(json: Json): Process {
  return {
    serviceName: textOf(field(json, "serviceName", "service_name")),
    tags: listOf(field(json, "tags", "tags")).map(keyValue),
  };
}

function log(value: unknown): Log {
  const json = objectOf(value, "log");
  return {
    timestampNs: timeOf(field(json, "timestamp", "timestamp")),
    fields: listOf(field(json, "fields", "fields")).map(keyValue),
  };
}

const TYPES: Readonly<Record<string, number>> = {
  STRING: VALUE_TYPE.string,
  BOOL: VALUE_TYPE.bool,
  INT64: VALUE_TYPE.int64,
  FLOAT64: VALUE_TYPE.float64,
  BINARY: VALUE_TYPE.binary,
};

function keyValue(value: unknown): KeyValue {
  const json = objectOf(value, "tag");
  const key = textOf(json.key);
  const given = field(json, "vType", "v_type") ?? 0;
  const code = typeof given === "number" ? given : TYPES[String(given)];
  if (code === undefined || !Number.isInteger(code)) throw undecodable(`unknown type ${String(given)} of tag ${key}`);
  switch (code) {
    case VALUE_TYPE.string:
      return { key, type: "string", value: textOf(field(json, "vStr", "v_str")) };
    case VALUE_TYPE.bool:
      return { key, type: "bool", value: field(json, "vBool", "v_bool") === true };
    case VALUE_TYPE.int64:
      return { key, type: "int64", value: int64Of(field(json, "vInt64", "v_int64")) };
    case VALUE_TYPE.float64:
      return { key, type: "float64", value: numberOf(field(json, "vFloat64", "v_float64")) };
    case VALUE_TYPE.binary:
      return { key, type: "binary", value: Buffer.from(textOf(field(json, "vBinary", "v_binary")), "base64") };
    default:
      return { key, type: "unknown", code };
  }
}

function field(json: Json, name: string, protoName: string): unknown {
  return json[name] ?? json[protoName] ?? undefined;
}

function objectOf(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw undecodable(`${what} is not an object`);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw undecodable("a list is none");
}

function textOf(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value.toWellFormed();
  throw undecodable("a text is none");
}

/** A number, or what jsonpb writes in its place. */
function numberOf(value: unknown): number {
  if (value === undefined) return 0;
  const number =
    typeof value === "number" ? value : typeof value === "string" && value !== "" ? Number(value) : undefined;
  if (number === undefined || (Number.isNaN(number) && value !== "NaN")) throw undecodable("a number is none");
  return number;
}

function int64Of(value: unknown): bigint {
  if (value === undefined) return 0n;
  const text = String(value);
  if (!/^-?\d{1,19}$/.test(text)) throw undecodable(`${text.slice(0, 40)} is no int64`);
  const number = BigInt(text);
  if (BigInt.asIntN(64, number) !== number) throw undecodable(`${text} is no int64`);
  return number;
}

/** Hex of an id given as base64. */
function idOf(value: unknown, length: number): string | undefined {
  if (value === undefined) return undefined;
  const bytes = Buffer.from(textOf(value), "base64");
  if (bytes.length !== length) throw undecodable(`an id of ${bytes.length} bytes, not ${length}`);
  return bytes.toString("hex");
}

function timeOf(value: unknown): bigint {
  // What Go has for no time: the first day of the year 1.
  if (value === undefined) return -62_135_596_800n * BILLION;
  const parts = TIME.exec(textOf(value));
  const text = parts === null ? "" : `${textOf(value).slice(0, 19)}${parts[8]}`;
  const ms = Date.parse(text);
  if (parts === null || Number.isNaN(ms)) throw undecodable(`${String(value).slice(0, 60)} is no time`);
  return BigInt(ms) * 1_000_000n + BigInt((parts[7] ?? "").padEnd(9, "0"));
}

function durationOf(value: unknown): bigint {
  if (value === undefined) return 0n;
  const parts = DURATION.exec(textOf(value));
  if (parts === null) throw undecodable(`${String(value).slice(0, 60)} is no duration`);
  const ns = BigInt(parts[2] ?? "0") * BILLION + BigInt((parts[3] ?? "").padEnd(9, "0"));
  return parts[1] === "-" ? -ns : ns;
}

function undecodable(message: string): MessageError {
  return new MessageError("UNDECODABLE", message);
}
