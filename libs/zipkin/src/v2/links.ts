import type { ReferenceType, SpanId, TraceId } from "@spoor/span-model";
import type { V2Span } from "./span.ts";
import { ROLE } from "./tag-role.ts";

const MAX_LINKS = 128;
const PREFIX = "otlp.link.";
const REF_TYPE = "opentracing.ref_type";

export interface Link {
  readonly type: ReferenceType;
  readonly traceId: TraceId;
  readonly spanId: SpanId;
}

/**
 * Takes the tags `otlp.link.0`, `otlp.link.1`, … out: OpenTelemetry's Zipkin exporter writes a link there as
 * `trace id|span id|trace state|JSON of attributes|count of dropped ones`. What has another form stays a tag.
 */
export function takeLinks({ bytes, tags }: V2Span): Link[] {
  const links: Link[] = [];
  if (tags.withRole(ROLE.firstLink) < 0) return links;
  const byKey = new Map<string, number>();
  for (let i = 0; i < tags.length; i++) {
    const key = tags.key(bytes, i);
    if (key.startsWith(PREFIX)) byKey.set(key, i);
  }
  for (let i = 0; i < MAX_LINKS; i++) {
    const index = byKey.get(PREFIX + i);
    if (index === undefined) break;
    const text = tags.value(bytes, index);
    const link = parseLink(text);
    if (link !== undefined) links.push(link);
    // v1 drops a link with too few parts.
    if (link !== undefined || text.split("|").length < 5) tags.take(index);
  }
  return links;
}

/** The attributes' JSON may itself hold bars. A missing id is zero. */
function parseLink(text: string): Link | undefined {
  const parts = /^"?([0-9a-fA-F]{32}|)"?\|"?([0-9a-fA-F]{16}|)"?\|([^|]*)\|(.*)\|(\d+)$/s.exec(text);
  if (parts === null) return undefined;
  const [, traceId = "", spanId = "", , json = ""] = parts;
  try {
    const attributes: unknown = JSON.parse(json);
    const refType = (attributes as Record<string, unknown> | null)?.[REF_TYPE];
    return {
      type: refType === "child_of" ? "CHILD_OF" : "FOLLOWS_FROM",
      traceId: traceId.padStart(32, "0").toLowerCase(),
      spanId: spanId.padStart(16, "0").toLowerCase(),
    };
  } catch {
    return undefined;
  }
}
