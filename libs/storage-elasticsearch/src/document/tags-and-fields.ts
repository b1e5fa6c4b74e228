import { goJsonFloat, goJsonString } from "@spoor/go-text";
import { type JsonBytes, JsonLiteral } from "@spoor/json-bytes";
import type { KeyValue } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import type { TagFields } from "./tag-fields.ts";

const TAGS = new JsonLiteral(',"tags":[');
const TAG = new JsonLiteral(',"tag":{');
const COMMA = 44;
const COLON = 58;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;

/** A field has one value: of several tags with one key the last becomes the field, as in v1, and the others stay in the list. */
export function writeTagsAndFields(json: JsonBytes, taken: TagFields, tags: readonly KeyValue[]): void {
  const fields = new Map<string, KeyValue>();
  for (const tag of tags) if (taken.takes(tag)) fields.set(taken.fieldOf(tag.key), tag);
  json.literal(TAGS);
  let isFirst = true;
  for (const tag of tags) {
    const chosen = fields.get(taken.fieldOf(tag.key));
    if (chosen !== undefined && (tag === chosen || isSameTag(tag, chosen))) continue;
    if (!isFirst) json.byte(COMMA);
    isFirst = false;
    json.text(tagJson(tag));
  }
  json.byte(CLOSE_BRACKET);
  if (fields.size === 0) return;
  json.literal(TAG);
  let separate = false;
  for (const [name, tag] of fields) {
    if (separate) json.byte(COMMA);
    separate = true;
    json.text(goJsonString(name));
    json.byte(COLON);
    if (tag.type === "string") json.text(goJsonString(tag.value));
    else json.text(nativeText(tag));
  }
  json.byte(CLOSE_BRACE);
}

function tagJson(tag: KeyValue): string {
  const type = tag.type === "unknown" ? "string" : tag.type;
  return JSON.stringify({ key: tag.key, type, value: valueText(tag) });
}

/** A value that is no text as JSON, in Go's form. */
function nativeText(tag: KeyValue): string {
  return tag.type === "float64" ? goJsonFloat(tag.value) : valueText(tag);
}

function isSameTag(a: KeyValue, b: KeyValue): boolean {
  return a.key === b.key && a.type === b.type && valueText(a) === valueText(b);
}
