import { ZipkinError } from "../errors.ts";
import { canonicalIp } from "../ip.ts";
import { canonicalName, checkBool, fieldNames, readArray, readInteger, readString } from "../json/fields.ts";
import { isObject, type JsonObject, parseJson, typeError } from "../json/parse.ts";
import type { ZipkinLimits } from "../limits.ts";
import { KIND } from "../otlp/fields.ts";
import { readId, readTraceId } from "./ids.ts";
import type { V2Annotation, V2Endpoint, V2Span } from "./span.ts";

/** The Go type that v1 names in its error for a span that is no object. */
const SPAN_TYPE =
  'struct { T uint64 "json:\\"timestamp,omitempty\\""; D uint64 "json:\\"duration,omitempty\\""; *model.Alias }';

const KINDS: Readonly<Record<string, number>> = {
  CLIENT: KIND.client,
  SERVER: KIND.server,
  PRODUCER: KIND.producer,
  CONSUMER: KIND.consumer,
};

const SPAN_FIELDS = fieldNames([
  ..."traceId id parentId debug name kind timestamp duration shared".split(" "),
  ..."localEndpoint remoteEndpoint annotations tags".split(" "),
]);
const ENDPOINT_FIELDS = fieldNames(["serviceName", "ipv4", "ipv6", "port"]);

/**
 * Reads a Zipkin v2 JSON list as openzipkin/zipkin-go does (`model.SpanModel.UnmarshalJSON`), which v1 uses: ids of 1 to 32 or 16 hex
 * digits, `null` elements left out, names of fields in any case.
 */
export function readV2Json(body: Uint8Array, limits: ZipkinLimits): V2Span[] {
  const list = parseJson(body, limits, "");
  if (list === null) return [];
  if (!Array.isArray(list)) throw typeError(list, undefined, "[]*model.SpanModel");
  const spans: V2Span[] = [];
  for (const item of list) {
    if (item === null) continue;
    if (!isObject(item)) throw typeError(item, undefined, SPAN_TYPE);
    spans.push(readSpan(item));
  }
  return spans;
}

function readSpan(json: JsonObject): V2Span {
  let traceId = "0".repeat(32);
  let id: string | undefined;
  let parentId: string | undefined;
  let name = "";
  let kind = 0;
  let timestampUs = 0;
  let durationUs = 0;
  let localEndpoint: V2Endpoint | undefined;
  let remoteEndpoint: V2Endpoint | undefined;
  let annotations: readonly V2Annotation[] = [];
  let tags: Map<string, string> | undefined;
  for (const key in json) {
    const value = json[key];
    switch (canonicalName(key, SPAN_FIELDS)) {
      case "traceId":
        traceId = readTraceId(value);
        break;
      case "id":
        id = readId(value);
        break;
      case "parentId":
        parentId = value === null ? undefined : readId(value);
        break;
      case "name":
        name = readString(value, ".Alias.name");
        break;
      case "kind":
        if (typeof value !== "string" && value !== null) throw typeError(value, ".Alias.kind", "model.Kind");
        kind = KINDS[value ?? ""] ?? KIND.unspecified;
        break;
      case "timestamp":
        timestampUs = readMicros(value, ".timestamp");
        break;
      case "duration":
        durationUs = readMicros(value, ".duration");
        break;
      case "localEndpoint":
        localEndpoint = readEndpoint(value, "localEndpoint");
        break;
      case "remoteEndpoint":
        remoteEndpoint = readEndpoint(value, "remoteEndpoint");
        break;
      case "annotations":
        annotations = readArray(value, ".Alias.annotations", "[]model.Annotation").map(readAnnotation);
        break;
      case "tags":
        tags = readTags(value);
        break;
      case "debug":
      case "shared":
        checkBool(value, `.Alias.${key}`);
    }
  }
  if (id === undefined || /^0*$/.test(id)) throw new ZipkinError("INVALID_SPAN", "valid span id required");
  return {
    traceId,
    id,
    parentId,
    name,
    kind,
    timestampUs,
    timestampAbsent: timestampUs === 0,
    durationUs,
    localEndpoint,
    remoteEndpoint,
    annotations,
    tags: tags ?? new Map(),
  };
}

function readMicros(value: unknown, field: string): number {
  return readInteger(value, field, "uint64", 0, Number.MAX_SAFE_INTEGER);
}

function readEndpoint(value: unknown, field: string): V2Endpoint | undefined {
  if (value === null) return undefined;
  const path = `Endpoint.Alias.${field}`;
  if (!isObject(value)) throw typeError(value, `.Alias.${field}`, "model.Endpoint");
  let serviceName = "";
  let ipv4 = "";
  let ipv6 = "";
  let port = 0;
  for (const key in value) {
    const item = value[key];
    switch (canonicalName(key, ENDPOINT_FIELDS)) {
      case "serviceName":
        serviceName = readString(item, `${path}.ServiceName`);
        break;
      case "ipv4":
        ipv4 = readIp(item, `${path}.IPv4`);
        break;
      case "ipv6":
        ipv6 = readIp(item, `${path}.IPv6`);
        break;
      case "port":
        port = readInteger(item, `${path}.Port`, "uint16", 0, 65535);
    }
  }
  return { serviceName, ip: ipv6 === "" ? ipv4 : ipv6, port };
}

function readIp(value: unknown, field: string): string {
  const text = readString(value, field);
  if (text === "") return "";
  const ip = canonicalIp(text);
  if (ip === undefined) throw new ZipkinError("INVALID_SPAN", `invalid IP address: ${text}`);
  return ip;
}

function readAnnotation(value: unknown): V2Annotation {
  if (value !== null && !isObject(value)) throw typeError(value, undefined, "model.Annotation");
  const timestampUs = readMicros(value?.timestamp, ".timestamp");
  if (timestampUs < 1) throw new ZipkinError("INVALID_SPAN", "valid annotation timestamp required");
  return { timestampUs, value: readString(value?.value, ".Alias.value") };
}

function readTags(value: unknown): Map<string, string> {
  const tags = new Map<string, string>();
  if (value === null) return tags;
  if (!isObject(value)) throw typeError(value, ".Alias.tags", "map[string]string");
  for (const key in value) tags.set(key, readString(value[key], ".Alias.tags"));
  return tags;
}
