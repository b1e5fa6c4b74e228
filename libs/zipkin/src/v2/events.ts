import type { WireWriter } from "@spoor/span-wire";
import { type AttributeValue, writeAttribute } from "../otlp/attributes.ts";
import { SPAN, writeNanos } from "../otlp/fields.ts";
import type { V2Annotation } from "./span.ts";

/**
 * Writes annotations as OTLP events. OpenTelemetry's Zipkin exporter gives them the form `name|JSON of attributes|count of dropped ones`;
 * any other text is the name as it is.
 */
export function writeEvents(out: WireWriter, annotations: readonly V2Annotation[]): void {
  for (const { timestampUs, value } of annotations) {
    const event = parseEvent(value);
    const mark = out.begin(SPAN.events);
    writeNanos(out, 1, timestampUs);
    if (event.name !== "") out.stringField(2, event.name);
    for (const [key, item] of event.attributes) writeAttribute(out, 3, key, item);
    out.end(mark);
  }
}

interface Event {
  readonly name: string;
  readonly attributes: readonly (readonly [string, AttributeValue])[];
}

function parseEvent(text: string): Event {
  const plain: Event = { name: text, attributes: [] };
  if (!text.includes("|")) return plain;
  const parts = /^([^|]*)\|(.*)\|\d+$/s.exec(text);
  if (parts === null) return plain;
  const [, name = "", json = ""] = parts;
  try {
    const attributes: unknown = JSON.parse(json);
    if (attributes === null) return { name, attributes: [] };
    if (typeof attributes !== "object" || Array.isArray(attributes)) return plain;
    return { name, attributes: Object.entries(attributes).flatMap(([key, item]) => toAttribute(key, item)) };
  } catch {
    return plain;
  }
}

/** Whole numbers are integers; null, arrays and objects are dropped, as in v1. */
function toAttribute(key: string, item: unknown): [string, AttributeValue][] {
  if (typeof item === "string" || typeof item === "boolean") return [[key, item]];
  if (typeof item !== "number") return [];
  return [[key, Number.isInteger(item) ? BigInt.asIntN(64, BigInt(item)) : { double: item }]];
}
