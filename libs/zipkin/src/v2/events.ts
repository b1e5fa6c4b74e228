import { type ByteCopier, decodeUtf8, type WireWriter } from "@spoor/span-wire";
import { type AttributeValue, writeAttribute } from "../wire/attributes.ts";
import { LOG, SPAN } from "../wire/fields.ts";
import { encodedKey, writeValueTag } from "../wire/text.ts";
import { writeLogTime } from "../wire/time.ts";
import type { V2Span } from "./span.ts";

const EVENT = "event";
const BAR = 0x7c;
const LOG_FIELD_TAG = (LOG.fields << 3) | 2;
const EVENT_KEY = encodedKey(EVENT);

/**
 * Writes annotations as logs, their values as the field `event`. OpenTelemetry's Zipkin exporter gives them the form
 * `name|JSON of attributes|count of dropped ones`; any other text is the name as it is.
 */
export function writeEvents(out: WireWriter, copier: ByteCopier, span: V2Span): void {
  const { annotations, bytes } = span;
  for (let i = 0; i < annotations.length; i++) {
    const start = annotations.values[i * 2] as number;
    const end = annotations.values[i * 2 + 1] as number;
    const mark = out.begin(SPAN.logs);
    writeLogTime(out, annotations.timesUs[i] ?? 0);
    if (hasBar(bytes, start, end)) writeFields(out, decodeUtf8(bytes, start, end));
    else if (end > start) writeValueTag(out, copier, LOG_FIELD_TAG, EVENT_KEY, start, end);
    out.end(mark);
  }
}

function hasBar(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === BAR) return true;
  return false;
}

/** The name comes first, unless an attribute has its key. */
function writeFields(out: WireWriter, text: string): void {
  const { name, attributes } = parseEvent(text);
  if (name !== "" && attributes.every(([key]) => key !== EVENT)) writeAttribute(out, LOG.fields, EVENT, name);
  for (const [key, item] of attributes) writeAttribute(out, LOG.fields, key, item);
}

interface Event {
  readonly name: string;
  readonly attributes: readonly (readonly [string, AttributeValue])[];
}

function parseEvent(text: string): Event {
  const plain: Event = { name: text, attributes: [] };
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
