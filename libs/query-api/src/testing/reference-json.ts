import { goJsonString } from "@spoor/go-text";
import { formatTraceId, type KeyValue, type Process, type Span, type TraceId } from "@spoor/span-model";
import { jsonFloat64, jsonMicroseconds } from "../json/number.ts";

/** A trace in v1's JSON form, written the plain way from decoded spans: what the writer from bytes must give. */
export function referenceJson(traceId: TraceId, spans: Iterable<Span>): string {
  const ids = new Map<string, string>();
  const processId = (process: Process) => {
    const json = `{"serviceName":${goJsonString(process.serviceName)},"tags":${keyValues(process.tags)}}`;
    const id = ids.get(json) ?? `p${ids.size + 1}`;
    ids.set(json, id);
    return id;
  };
  const items = [...spans].map((span) => spanJson(span, processId(span.process)));
  const processes = [...ids].map(([json, id]) => `"${id}":${json}`).sort();
  return (
    `{"traceID":"${formatTraceId(traceId)}","spans":${list(items)},` +
    `"processes":{${processes.join(",")}},"warnings":null}`
  );
}

function spanJson(span: Span, processId: string): string {
  const references = span.references.map(
    ({ type, traceId, spanId }) => `{"refType":"${type}","traceID":"${formatTraceId(traceId)}","spanID":"${spanId}"}`,
  );
  const logs = span.logs.map(
    ({ timestampNs, fields }) => `{"timestamp":${jsonMicroseconds(timestampNs)},"fields":${keyValues(fields)}}`,
  );
  const warnings = span.warnings.length === 0 ? "null" : list(span.warnings.map(goJsonString));
  return (
    `{"traceID":"${formatTraceId(span.traceId)}","spanID":"${span.spanId}"` +
    `${span.flags === 0 ? "" : `,"flags":${span.flags}`},"operationName":${goJsonString(span.operationName)}` +
    `,"references":${list(references)},"startTime":${jsonMicroseconds(span.startTimeNs)}` +
    `,"duration":${jsonMicroseconds(span.durationNs)},"tags":${keyValues(span.tags)},"logs":${list(logs)}` +
    `,"processID":"${processId}","warnings":${warnings}}`
  );
}

function keyValues(items: readonly KeyValue[]): string {
  return list(
    items.map((item) => {
      const type = item.type === "unknown" ? item.code : item.type;
      return `{"key":${goJsonString(item.key)},"type":"${type}","value":${value(item)}}`;
    }),
  );
}

function value(item: KeyValue): string {
  switch (item.type) {
    case "string":
      return goJsonString(item.value);
    case "bool":
      return String(item.value);
    case "int64":
      return BigInt(Number(item.value)) === item.value && Number.isSafeInteger(Number(item.value))
        ? String(item.value)
        : `"${item.value}"`;
    case "float64":
      return jsonFloat64(item.value);
    case "binary":
      return item.value.length === 0 ? "null" : `"${Buffer.from(item.value).toString("base64")}"`;
    case "unknown":
      return "null";
  }
}

function list(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}
