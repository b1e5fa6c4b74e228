import { VALUE_TYPE } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";
import { sortTags } from "./compare-tags.ts";

const EVENT = Buffer.from("event");

/**
 * Puts the fields of a log into v1's order: the first string field `event` leads, the others are sorted like tags
 * (jaegertracing/jaeger `model/adjuster/sort_tags_and_log_fields.go`).
 */
export function sortLogFields(fields: KeyValuePlaces[]): void {
  if (fields.length < 2) return;
  const at = fields.findIndex((field) => field.type === VALUE_TYPE.string && field.hasKey(EVENT));
  const event = fields[at];
  if (event === undefined) {
    sortTags(fields);
    return;
  }
  for (let i = at; i > 0; i--) fields[i] = fields[i - 1] as KeyValuePlaces;
  fields[0] = event;
  sortTags(fields, 1);
}
