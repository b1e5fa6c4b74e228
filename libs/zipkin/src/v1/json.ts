import { ZipkinError } from "../errors.ts";
import { canonicalName, checkBool, fieldNames, readArray, readInteger, readString } from "../json/fields.ts";
import { isObject, type JsonObject, parseJson, typeError } from "../json/parse.ts";
import type { ZipkinLimits } from "../limits.ts";
import type { V1Annotation, V1BinaryAnnotation, V1Endpoint, V1Span } from "./span.ts";

const PREFIX = "zipkinv1: ";
const NAMES = fieldNames([
  ..."traceId name parentId id timestamp duration debug annotations binaryAnnotations".split(" "),
  ..."value endpoint key serviceName ipv4 ipv6 port".split(" "),
]);

/** Reads a Zipkin v1 JSON list. Ids must be hex of 16 digits, trace ids of 16 or 32, and not zero. */
export function readV1Json(body: Uint8Array, limits: ZipkinLimits): V1Span[] {
  const list = parseJson(body, limits, PREFIX);
  if (list === null) return [];
  let spans: JsonSpan[];
  try {
    if (!Array.isArray(list)) throw typeError(list, undefined, "[]*zipkinv1.jsonSpan");
    spans = list.map(readSpan);
  } catch (error) {
    if (!(error instanceof ZipkinError)) throw error;
    throw new ZipkinError(error.code, PREFIX + error.message, { cause: error });
  }
  // Go reads the whole list before it looks at any id.
  return spans.map(checkIds);
}

/** A span whose ids are not checked yet. */
type JsonSpan = Omit<V1Span, "parentId"> & { readonly parentId: string };

function readSpan(value: unknown): JsonSpan {
  // v1 crashes on null.
  if (!isObject(value)) throw typeError(value, undefined, "zipkinv1.jsonSpan");
  const json = canonical(value);
  checkBool(json.debug, "jsonSpan.debug");
  const timestampUs = readMicros(json.timestamp, "jsonSpan.timestamp");
  return {
    traceId: readString(json.traceId, "jsonSpan.traceId"),
    name: readString(json.name, "jsonSpan.name"),
    parentId: readString(json.parentId, "jsonSpan.parentId"),
    id: readString(json.id, "jsonSpan.id"),
    timestampUs: timestampUs === 0n ? undefined : timestampUs,
    durationUs: readMicros(json.duration, "jsonSpan.duration"),
    startsNowWithoutTime: true,
    annotations: readArray(json.annotations, "jsonSpan.annotations", "[]*zipkinv1.annotation").flatMap(readAnnotation),
    binaryAnnotations: readArray(
      json.binaryAnnotations,
      "jsonSpan.binaryAnnotations",
      "[]*zipkinv1.binaryAnnotation",
    ).flatMap(readBinaryAnnotation),
  };
}

/** The object with its fields under their usual names. */
function canonical(json: JsonObject): JsonObject {
  for (const key in json) {
    if (canonicalName(key, NAMES) !== key) {
      return Object.fromEntries(Object.entries(json).map(([name, value]) => [canonicalName(name, NAMES), value]));
    }
  }
  return json;
}

function readMicros(value: unknown, field: string): bigint {
  return BigInt(readInteger(value, field, "int64", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
}

function readAnnotation(value: unknown): V1Annotation[] {
  if (value === null) return [];
  if (!isObject(value)) throw typeError(value, "jsonSpan.annotations", "zipkinv1.annotation");
  const json = canonical(value);
  return [
    {
      timestampUs: readMicros(json.timestamp, "annotation.annotations.timestamp"),
      value: readString(json.value, "annotation.annotations.value"),
      endpoint: readEndpoint(json.endpoint, "annotations"),
    },
  ];
}

function readBinaryAnnotation(value: unknown): V1BinaryAnnotation[] {
  if (value === null) return [];
  if (!isObject(value)) throw typeError(value, "jsonSpan.binaryAnnotations", "zipkinv1.binaryAnnotation");
  const json = canonical(value);
  const text = readString(json.value, "binaryAnnotation.binaryAnnotations.value");
  const endpoint = readEndpoint(json.endpoint, "binaryAnnotations");
  return [
    {
      key: readString(json.key, "binaryAnnotation.binaryAnnotations.key"),
      value: text,
      text,
      // An endpoint without a service is as good as none here.
      serviceName: endpoint === undefined || endpoint.serviceName === "" ? undefined : endpoint.serviceName,
    },
  ];
}

function readEndpoint(value: unknown, field: string): V1Endpoint | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) throw typeError(value, `${field.slice(0, -1)}.${field}.endpoint`, "zipkinv1.endpoint");
  const json = canonical(value);
  const path = `endpoint.${field}.endpoint`;
  return {
    serviceName: readString(json.serviceName, `${path}.serviceName`),
    ipv4: readString(json.ipv4, `${path}.ipv4`),
    ipv6: readString(json.ipv6, `${path}.ipv6`),
    port: readInteger(json.port, `${path}.port`, "int32", -2147483648, 2147483647),
  };
}

function checkIds(span: JsonSpan): V1Span {
  const { traceId, id, parentId } = span;
  if (traceId.length !== 16 && traceId.length !== 32) {
    throw invalid("traceId", "hex traceId span has wrong length (expected 16 or 32)");
  }
  checkHex(traceId, "traceId", "traceId is zero");
  checkSpanId(id, "id");
  if (parentId !== "") checkSpanId(parentId, "parentId");
  return {
    ...span,
    traceId: traceId.toLowerCase().padStart(32, "0"),
    id: id.toLowerCase(),
    parentId: parentId === "" ? undefined : parentId.toLowerCase(),
  };
}

function checkSpanId(id: string, field: string): void {
  if (id.length !== 16) throw invalid(field, "hex Id has wrong length (expected 16)");
  checkHex(id, field, "ID is zero");
}

function checkHex(id: string, field: string, zero: string): void {
  const bad = /[^0-9a-fA-F]/u.exec(id)?.[0];
  if (bad !== undefined) {
    const code = (bad.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    throw invalid(field, `encoding/hex: invalid byte: U+${code} '${bad}'`);
  }
  if (/^0*$/.test(id)) throw invalid(field, zero);
}

function invalid(field: string, problem: string): ZipkinError {
  return new ZipkinError("INVALID_SPAN", `zipkinV1 span ${field}: ${problem}`);
}
