import type { WireWriter } from "@spoor/span-wire";
import { writeAttribute } from "../otlp/attributes.ts";
import { SPAN, writeHex } from "../otlp/fields.ts";

const MAX_LINKS = 128;
const REF_TYPE = "opentracing.ref_type";

/**
 * Takes the tags `otlp.link.0`, `otlp.link.1`, … out: OpenTelemetry's Zipkin exporter writes a link there as
 * `trace id|span id|trace state|JSON of attributes|count of dropped ones`. What has another form stays a tag.
 */
export function takeLinks(out: WireWriter, tags: Map<string, string>): void {
  for (let i = 0; i < MAX_LINKS; i++) {
    const key = `otlp.link.${i}`;
    const text = tags.get(key);
    if (text === undefined) return;
    const link = parseLink(text);
    if (link === undefined) {
      // v1 drops a link with too few parts.
      if (text.split("|").length < 5) tags.delete(key);
      continue;
    }
    tags.delete(key);
    const mark = out.begin(SPAN.links);
    writeHex(out, 1, link.traceId);
    writeHex(out, 2, link.spanId);
    if (link.refType !== undefined) writeAttribute(out, 4, REF_TYPE, link.refType);
    out.end(mark);
  }
}

interface Link {
  readonly traceId: string;
  readonly spanId: string;
  readonly refType: string | undefined;
}

/** The attributes' JSON may itself hold bars. */
function parseLink(text: string): Link | undefined {
  const parts = /^"?([0-9a-fA-F]{32}|)"?\|"?([0-9a-fA-F]{16}|)"?\|([^|]*)\|(.*)\|(\d+)$/s.exec(text);
  if (parts === null) return undefined;
  const [, traceId = "", spanId = "", , json = ""] = parts;
  try {
    const attributes: unknown = JSON.parse(json);
    const refType = (attributes as Record<string, unknown> | null)?.[REF_TYPE];
    return { traceId, spanId, refType: typeof refType === "string" ? refType : undefined };
  } catch {
    return undefined;
  }
}
