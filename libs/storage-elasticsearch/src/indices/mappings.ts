const KEYWORD = { type: "keyword", ignore_above: 256 } as const;
const KEY_VALUE = {
  type: "nested",
  dynamic: false,
  properties: { key: KEYWORD, value: KEYWORD, type: KEYWORD },
} as const;

const DYNAMIC_TEMPLATES = [
  { span_tags_map: { mapping: KEYWORD, path_match: "tag.*" } },
  { process_tags_map: { mapping: KEYWORD, path_match: "process.tag.*" } },
] as const;

/** Longest value, in UTF-16 units, that the mappings make searchable. */
export const MOST_INDEXED_LENGTH = 256;

/** Mappings as v1 makes them. */
export const MAPPINGS = {
  span: {
    dynamic_templates: DYNAMIC_TEMPLATES,
    properties: {
      traceID: KEYWORD,
      parentSpanID: KEYWORD,
      spanID: KEYWORD,
      operationName: KEYWORD,
      startTime: { type: "long" },
      startTimeMillis: { type: "date", format: "epoch_millis" },
      duration: { type: "long" },
      flags: { type: "integer" },
      logs: {
        type: "nested",
        dynamic: false,
        properties: { timestamp: { type: "long" }, fields: KEY_VALUE },
      },
      process: {
        properties: { serviceName: KEYWORD, tag: { type: "object" }, tags: KEY_VALUE },
      },
      references: {
        type: "nested",
        dynamic: false,
        properties: { refType: KEYWORD, traceID: KEYWORD, spanID: KEYWORD },
      },
      tag: { type: "object" },
      tags: KEY_VALUE,
    },
  },
  service: {
    dynamic_templates: DYNAMIC_TEMPLATES,
    properties: { serviceName: KEYWORD, operationName: KEYWORD },
  },
  dependencies: {},
  sampling: {},
} as const;

const NOT_INDEXED = { type: "object", enabled: false } as const;

/**
 * Of sampling documents, instead of none: without, each operation and each probability becomes a field, of which an index takes a thousand, and
 * names that are no names of fields are refused. v1's readers ask for the timestamp only.
 */
export const SAMPLING_MAPPING = {
  properties: {
    timestamp: { type: "date" },
    throughputs: {
      properties: {
        Service: KEYWORD,
        Operation: KEYWORD,
        Count: { type: "long" },
        Probabilities: NOT_INDEXED,
      },
    },
    probabilitiesandqps: {
      properties: { Hostname: KEYWORD, Probabilities: NOT_INDEXED, QPS: NOT_INDEXED },
    },
  },
} as const;

export type TemplateKind = keyof typeof MAPPINGS;
