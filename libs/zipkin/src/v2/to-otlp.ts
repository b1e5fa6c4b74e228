import type { WireWriter } from "@spoor/span-wire";
import { writeAttribute } from "../otlp/attributes.ts";
import {
  addMicros,
  KIND,
  SPAN,
  START_TIME_ABSENT,
  STATUS,
  writeHex,
  writeNanos,
  writeNumber,
  writeStatus,
} from "../otlp/fields.ts";
import { RequestBuilder, type ResourceAttributes } from "../otlp/request-builder.ts";
import { writeEvents } from "./events.ts";
import { takeLinks } from "./links.ts";
import { RESOURCE_KEYS } from "./resource-keys.ts";
import type { V2Span } from "./span.ts";

const SERVICE_NAME_SOURCE = "otlp.service.name.source";
const STATUS_CODES: Readonly<Record<string, number>> = {
  STATUS_CODE_OK: STATUS.ok,
  STATUS_CODE_ERROR: STATUS.error,
};

/** Zipkin v2 spans as an OTLP request, by the rules of OpenTelemetry's Zipkin translator (contrib `zipkinv2/to_translator.go`). */
export function v2ToOtlp(spans: readonly V2Span[], byteLength: number): Uint8Array {
  const request = new RequestBuilder(byteLength + 256);
  for (const span of spans) {
    const resource = takeResource(span);
    const scopeName = takeScopeName(span.tags);
    const scopeVersion = scopeName === "" ? "" : takeText(span.tags, "otel.library.version");
    request.beginSpan();
    writeSpan(request.span, span);
    request.endSpan(resource.key, () => resource.attributes, scopeName, scopeVersion);
  }
  return request.finish();
}

/**
 * The resource: the local endpoint's service and the tags that describe the process. v1 takes those tags from the first span of a service
 * only and loses the others'; here spans whose tags differ have different resources.
 */
function takeResource(span: V2Span): { readonly key: string; readonly attributes: ResourceAttributes } {
  const service = span.localEndpoint?.serviceName ?? "";
  let described: Map<string, string> | undefined;
  if (span.tags.size > 0) {
    for (const [key, value] of span.tags) {
      if (!RESOURCE_KEYS.has(key)) continue;
      described ??= new Map();
      described.set(key, value);
      span.tags.delete(key);
    }
  }
  const source = takeText(span.tags, SERVICE_NAME_SOURCE);
  if (described === undefined && source === "") {
    return { key: service, attributes: service === "" ? [] : [["service.name", service]] };
  }
  const attributes = new Map<string, string>();
  if (service !== "") attributes.set(source === "" ? "service.name" : source, service);
  for (const [key, value] of described ?? []) attributes.set(key, value);
  return { key: JSON.stringify([service, ...attributes]), attributes: [...attributes] };
}

function takeText(tags: Map<string, string>, key: string): string {
  const value = tags.get(key);
  if (value === undefined) return "";
  tags.delete(key);
  return value;
}

function takeScopeName(tags: Map<string, string>): string {
  return tags.size === 0 ? "" : takeText(tags, "otel.library.name");
}

function writeSpan(out: WireWriter, span: V2Span): void {
  const { tags } = span;
  writeHex(out, SPAN.traceId, span.traceId);
  writeHex(out, SPAN.spanId, span.id);
  const traceState = takeText(tags, "w3c.tracestate");
  if (traceState !== "") out.stringField(SPAN.traceState, traceState);
  // A span that names itself as its parent has none.
  if (span.parentId !== undefined && span.parentId !== span.id) writeHex(out, SPAN.parentSpanId, span.parentId);
  if (span.name !== "") out.stringField(SPAN.name, span.name);
  writeNumber(out, SPAN.kind, span.kind === KIND.unspecified ? takeKind(tags) : span.kind);
  writeNanos(out, SPAN.startTime, span.timestampUs);
  writeNanos(out, SPAN.endTime, addMicros(span.timestampUs, span.durationUs));
  takeStatus(out, tags);
  takeLinks(out, tags);
  writeTags(out, span);
  if (span.timestampAbsent) writeAttribute(out, SPAN.attributes, START_TIME_ABSENT, true);
  writeEvents(out, span.annotations);
}

/** Zipkin has no kind for internal spans; OpenTelemetry's exporter says so in a tag. */
function takeKind(tags: Map<string, string>): number {
  return takeText(tags, "span.kind") === "internal" ? KIND.internal : KIND.unspecified;
}

/** Any tag `error` means an error; its text stays unless it is `true`. */
function takeStatus(out: WireWriter, tags: Map<string, string>): void {
  let code: number = STATUS.unset;
  let message = "";
  const named = tags.get("otel.status_code");
  if (named !== undefined) {
    code = STATUS_CODES[named] ?? STATUS.unset;
    tags.delete("otel.status_code");
    message = takeText(tags, "otel.status_description");
  }
  const error = tags.get("error");
  if (error !== undefined) {
    code = STATUS.error;
    if (error === "true") tags.delete("error");
  }
  writeStatus(out, code, message);
}

/** Tags as they are, then what the endpoints say, which wins over a tag of the same name. */
function writeTags(out: WireWriter, { tags, localEndpoint, remoteEndpoint }: V2Span): void {
  if (localEndpoint !== undefined) {
    if (localEndpoint.ip !== "") tags.set("net.host.ip", localEndpoint.ip);
    if (localEndpoint.port > 0) tags.delete("net.host.port");
  }
  if (remoteEndpoint !== undefined) {
    if (remoteEndpoint.serviceName !== "") tags.set("peer.service", remoteEndpoint.serviceName);
    if (remoteEndpoint.ip !== "") tags.set("net.peer.ip", remoteEndpoint.ip);
    if (remoteEndpoint.port > 0) tags.delete("net.peer.port");
  }
  for (const [key, value] of tags) writeAttribute(out, SPAN.attributes, key, value);
  if (localEndpoint !== undefined && localEndpoint.port > 0) {
    writeAttribute(out, SPAN.attributes, "net.host.port", BigInt(localEndpoint.port));
  }
  if (remoteEndpoint !== undefined && remoteEndpoint.port > 0) {
    writeAttribute(out, SPAN.attributes, "net.peer.port", BigInt(remoteEndpoint.port));
  }
}
