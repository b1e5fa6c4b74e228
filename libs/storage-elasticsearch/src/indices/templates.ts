import { MAPPINGS, type TemplateKind } from "./mappings.ts";

export interface TemplateSettings {
  /** With its dash, or empty. */
  readonly prefix: string;
  readonly shards: number;
  readonly replicas: number;
  /** Of a composable template. */
  readonly priority: number;
  /** The policy that takes care of the indices; `undefined` without ILM. */
  readonly ilmPolicy?: string | undefined;
  /** The policy is one of OpenSearch's Index State Management, and itself says which indices it takes care of. */
  readonly isIsm?: boolean;
  /** Instead of v1's. */
  readonly mappings?: Readonly<Record<string, unknown>> | undefined;
  /** Composable (Elasticsearch 8 and up) or legacy. */
  readonly composable: boolean;
  /** Of a data stream. */
  readonly isStream?: boolean;
}

/** A stream's template wins over those whose patterns cover its name too. */
const STREAM_PRIORITY = 100;

export function templateName(kind: TemplateKind, prefix: string): string {
  return `${prefix}jaeger-${kind}`;
}

/** The template of v1, body of `PUT _index_template/<name>` or `PUT _template/<name>`. */
export function templateBody(kind: TemplateKind, options: TemplateSettings): Readonly<Record<string, unknown>> {
  const { prefix, ilmPolicy } = options;
  const writeAlias = `${prefix}jaeger-${kind}-write`;
  const lifecycle = options.isIsm
    ? { "index.plugins.index_state_management.rollover_alias": writeAlias }
    : { lifecycle: { name: ilmPolicy, rollover_alias: writeAlias } };
  const settings = {
    "index.number_of_shards": options.shards,
    "index.number_of_replicas": options.replicas,
    "index.mapping.nested_fields.limit": 50,
    "index.requests.cache.enable": kind !== "sampling",
    ...(ilmPolicy === undefined ? {} : lifecycle),
  };
  const body = {
    ...(ilmPolicy === undefined ? {} : { aliases: { [`${prefix}jaeger-${kind}-read`]: {} } }),
    settings,
    mappings: options.mappings ?? MAPPINGS[kind],
  };
  if (options.isStream === true) {
    const { properties, ...rest } = MAPPINGS[kind] as { readonly properties?: object };
    const template = { ...body, mappings: { ...rest, properties: { "@timestamp": { type: "date" }, ...properties } } };
    return {
      priority: options.priority + STREAM_PRIORITY,
      index_patterns: [`${prefix}jaeger-${kind}-stream`],
      data_stream: {},
      template,
    };
  }
  if (options.composable) {
    return { priority: options.priority, index_patterns: `${prefix}jaeger-${kind}-*`, template: body };
  }
  // v1's patterns for legacy templates begin with a star, and two of them leave out the prefix.
  const inner = kind === "span" || kind === "service" ? prefix : "";
  return { index_patterns: `*${inner}jaeger-${kind}-*`, ...body };
}
