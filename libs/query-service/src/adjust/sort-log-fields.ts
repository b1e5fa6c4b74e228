import type { KeyValue, Log } from "@spoor/span-model";
import { sortTags } from "./compare-tags.ts";

/**
 * Fields of a log in v1's order: the first string field `event` leads, the others are sorted like tags
 * (jaegertracing/jaeger `model/adjuster/sort_tags_and_log_fields.go`).
 */
export function sortLogFields(log: Log): Log {
  const { fields } = log;
  if (fields.length < 2) return log;
  const event = fields.findIndex((field) => field.key === "event" && field.type === "string");
  if (event < 0) return { ...log, fields: sortTags(fields) };
  const others = fields.filter((_, i) => i !== event);
  return { ...log, fields: [fields[event] as KeyValue, ...sortTags(others)] };
}
