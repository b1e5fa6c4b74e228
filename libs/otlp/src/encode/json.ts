import { goJsonFloat, goJsonString } from "@spoor/go-text";
import type { AttributeValue, OtlpAttribute } from "./attributes.ts";
import type { OtlpResourceSpans, OtlpScopeSpans } from "./group.ts";
import type { OtlpEvent, OtlpLink, OtlpSpan } from "./model.ts";

/**
 * TracesData as OTLP/JSON: hex ids, 64-bit integers as strings, enums as numbers, in the order of the .proto fields. Fields without a
 * value are left out, but ids, `resource`, `scope` and `status` are always there, as v1 has it.
 */
export function tracesJson(groups: readonly OtlpResourceSpans[]): string {
  return groups.length === 0 ? "{}" : `{"resourceSpans":[${groups.map(resourceSpans).join(",")}]}`;
}

function resourceSpans(group: OtlpResourceSpans): string {
  const resource = object([attributeList(group.attributes)]);
  return object([`"resource":${resource}`, list("scopeSpans", group.scopes, scopeSpans)]);
}

function scopeSpans({ scope, spans }: OtlpScopeSpans): string {
  const fields = object([text("name", scope.name), text("version", scope.version)]);
  return object([`"scope":${fields}`, list("spans", spans, spanJson)]);
}

function spanJson(span: OtlpSpan): string {
  return object([
    `"traceId":"${span.traceId}"`,
    `"spanId":"${span.spanId}"`,
    text("traceState", span.traceState),
    `"parentSpanId":"${span.parentSpanId}"`,
    text("name", span.name),
    span.kind === 0 ? "" : `"kind":${span.kind}`,
    time("startTimeUnixNano", span.startTimeUnixNano),
    time("endTimeUnixNano", span.endTimeUnixNano),
    attributeList(span.attributes),
    list("events", span.events, event),
    list("links", span.links, link),
    `"status":${object([text("message", span.status.message), span.status.code === 0 ? "" : `"code":${span.status.code}`])}`,
  ]);
}

function event({ timeUnixNano, name, attributes }: OtlpEvent): string {
  return object([time("timeUnixNano", timeUnixNano), text("name", name), attributeList(attributes)]);
}

function link({ traceId, spanId, attributes }: OtlpLink): string {
  return object([`"traceId":"${traceId}"`, `"spanId":"${spanId}"`, attributeList(attributes)]);
}

function attributeList(attributes: readonly OtlpAttribute[]): string {
  return list("attributes", attributes, ({ key, value }) => object([text("key", key), `"value":{${anyValue(value)}}`]));
}

function anyValue(value: AttributeValue): string {
  switch (value.type) {
    case "string":
      return `"stringValue":${goJsonString(value.value)}`;
    case "bool":
      return `"boolValue":${value.value}`;
    case "int64":
      return `"intValue":"${value.value}"`;
    case "float64":
      return `"doubleValue":${Number.isFinite(value.value) ? goJsonFloat(value.value) : `"${value.value}"`}`;
    case "binary":
      return `"bytesValue":"${Buffer.from(value.value).toString("base64")}"`;
    case "strings": {
      const values = value.value.map((item) => `{"stringValue":${goJsonString(item)}}`);
      return `"arrayValue":{"values":[${values.join(",")}]}`;
    }
  }
}

/** Fields that are "" are absent. */
function object(fields: readonly string[]): string {
  return `{${fields.filter((field) => field !== "").join(",")}}`;
}

function text(name: string, value: string): string {
  return value === "" ? "" : `"${name}":${goJsonString(value)}`;
}

function time(name: string, value: bigint): string {
  return value === 0n ? "" : `"${name}":"${value}"`;
}

function list<T>(name: string, items: readonly T[], format: (item: T) => string): string {
  return items.length === 0 ? "" : `"${name}":[${items.map(format).join(",")}]`;
}
