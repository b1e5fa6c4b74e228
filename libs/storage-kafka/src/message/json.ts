import { goJsonFloat, goJsonString } from "@spoor/go-text";
import { type KeyValue, type Log, type Process, type Span, type SpanReference, ZERO_SPAN_ID } from "@spoor/span-model";

/*
 * `jaeger.api_v2.Span` as gogo's jsonpb writes it: fields in the order of their numbers, those at their default left out, ids and bytes
 * as base64, int64 as text, enums by name, times as RFC 3339, durations in seconds.
 */
const BILLION = 1_000_000_000n;
const NS_A_MS = 1_000_000n;
const TYPE_NAMES = { string: "", bool: "BOOL", int64: "INT64", float64: "FLOAT64", binary: "BINARY" } as const;

/** A span's message in v1's encoding `json`. `process` is {@link processJson} of its process, "" without one; so is its id. */
export function spanJson(span: Span, process: string, processId: string): string {
  let json = `{"traceId":"${base64(span.traceId)}"`;
  if (span.spanId !== ZERO_SPAN_ID) json += `,"spanId":"${base64(span.spanId)}"`;
  if (span.operationName !== "") json += `,"operationName":${goJsonString(span.operationName)}`;
  if (span.references.length > 0) json += `,"references":[${span.references.map(referenceJson).join(",")}]`;
  if (span.flags !== 0) json += `,"flags":${span.flags}`;
  json += `,"startTime":"${timeText(span.startTimeNs)}"`;
  if (span.durationNs !== 0n) json += `,"duration":"${durationText(span.durationNs)}"`;
  if (span.tags.length > 0) json += `,"tags":[${span.tags.map(keyValueJson).join(",")}]`;
  if (span.logs.length > 0) json += `,"logs":[${span.logs.map(logJson).join(",")}]`;
  if (process !== "") json += `,"process":${process}`;
  if (processId !== "") json += `,"processId":${goJsonString(processId)}`;
  if (span.warnings.length > 0) json += `,"warnings":[${span.warnings.map(goJsonString).join(",")}]`;
  return `${json}}`;
}

export function processJson({ serviceName, tags }: Process): string {
  const fields: string[] = [];
  if (serviceName !== "") fields.push(`"serviceName":${goJsonString(serviceName)}`);
  if (tags.length > 0) fields.push(`"tags":[${tags.map(keyValueJson).join(",")}]`);
  return `{${fields.join(",")}}`;
}

function referenceJson({ traceId, spanId, type }: SpanReference): string {
  let json = `{"traceId":"${base64(traceId)}"`;
  if (spanId !== ZERO_SPAN_ID) json += `,"spanId":"${base64(spanId)}"`;
  if (type !== "CHILD_OF") json += `,"refType":"${type}"`;
  return `${json}}`;
}

function logJson({ timestampNs, fields }: Log): string {
  const list = fields.length === 0 ? "" : `,"fields":[${fields.map(keyValueJson).join(",")}]`;
  return `{"timestamp":"${timeText(timestampNs)}"${list}}`;
}

function keyValueJson(tag: KeyValue): string {
  const fields: string[] = [];
  if (tag.key !== "") fields.push(`"key":${goJsonString(tag.key)}`);
  if (tag.type === "unknown") fields.push(`"vType":${tag.code}`);
  else if (tag.type !== "string") fields.push(`"vType":"${TYPE_NAMES[tag.type]}"`);
  const value = valueJson(tag);
  if (value !== "") fields.push(value);
  return `{${fields.join(",")}}`;
}

function valueJson(tag: KeyValue): string {
  switch (tag.type) {
    case "string":
      return tag.value === "" ? "" : `"vStr":${goJsonString(tag.value)}`;
    case "bool":
      return tag.value ? `"vBool":true` : "";
    case "int64":
      return tag.value === 0n ? "" : `"vInt64":"${tag.value}"`;
    case "float64":
      return tag.value === 0 ? "" : `"vFloat64":${floatText(tag.value)}`;
    case "binary":
      return tag.value.length === 0 ? "" : `"vBinary":"${Buffer.from(tag.value).toString("base64")}"`;
    case "unknown":
      return "";
  }
}

function floatText(value: number): string {
  return Number.isFinite(value) ? goJsonFloat(value) : `"${value}"`;
}

function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function timeText(ns: bigint): string {
  const fraction = ((ns % BILLION) + BILLION) % BILLION;
  const seconds = new Date(Number((ns - fraction) / NS_A_MS)).toISOString().slice(0, -5);
  return `${seconds}${fractionText(fraction)}Z`;
}

function durationText(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  return `${ns < 0n ? "-" : ""}${size / BILLION}${fractionText(size % BILLION)}s`;
}

/** None, three, six or nine digits. */
function fractionText(ns: bigint): string {
  const digits = ns
    .toString()
    .padStart(9, "0")
    .replace(/(000){1,3}$/, "");
  return digits === "" ? "" : `.${digits}`;
}
