import { StorageError } from "@spoor/storage-api";
import type { Cluster } from "../cluster/cluster.ts";
import { failure } from "../errors.ts";
import type { Options } from "../options.ts";
import type { IndexNames } from "./index-names.ts";
import { matchesPattern } from "./index-pattern.ts";
import { SAMPLING_MAPPING, type TemplateKind } from "./mappings.ts";
import { templateBody, templateName } from "./templates.ts";

/** True where templates are composable: Elasticsearch from 8 on. v1 gives all others legacy ones. */
export function usesComposableTemplates(cluster: Pick<Cluster, "flavour" | "major">, version: number = 0): boolean {
  return version === 0 ? cluster.flavour === "elasticsearch" && cluster.major >= 8 : version >= 8;
}

/** Creates the templates, or checks that there are some when others care for them: without, the server guesses mappings and no search works. */
export async function prepareTemplates(cluster: Cluster, options: Options, names: IndexNames): Promise<void> {
  if (options.readOnly) return;
  if (!options.createTemplates || options.useIlm) {
    if (!options.useAliases) await checkTemplates(cluster, options, names);
    return;
  }
  const priorities: readonly (readonly [TemplateKind, number])[] = [
    ["span", options.spanPriority],
    ["service", options.servicePriority],
    ...(options.countDependencies === false || options.archive
      ? []
      : ([["dependencies", options.dependenciesPriority]] as const)),
  ];
  for (const [kind, priority] of priorities) await putTemplate(cluster, options, names, kind, priority);
}

export async function putTemplate(
  cluster: Cluster,
  options: Options,
  names: IndexNames,
  kind: TemplateKind,
  priority: number,
): Promise<void> {
  const isStream = options.useDataStreams && (kind === "span" || kind === "service");
  const composable = isStream || usesComposableTemplates(cluster, options.version);
  const name = templateName(kind, names.prefix) + (isStream ? "-stream" : "");
  const { shards, replicas } = options;
  const mappings = kind === "sampling" ? SAMPLING_MAPPING : undefined;
  const body = templateBody(kind, { prefix: names.prefix, shards, replicas, priority, mappings, composable, isStream });
  const response = await cluster.request({
    method: "PUT",
    path: `/${composable ? "_index_template" : "_template"}/${encodeURIComponent(name)}`,
    body: JSON.stringify(body),
  });
  if (response.status !== 200) throw failure(response, `create the template ${name}`);
}

interface Template {
  readonly index_patterns?: readonly string[] | string;
}

async function checkTemplates(cluster: Cluster, options: Options, names: IndexNames): Promise<void> {
  const [legacy, composable] = await Promise.all([
    cluster.request({ method: "GET", path: "/_template" }),
    cluster.request({ method: "GET", path: "/_index_template" }),
  ]);
  // Whoever may not look may still be right.
  if (legacy.status >= 400 && composable.status >= 400) return;
  const templates: Template[] = [];
  if (legacy.status === 200) templates.push(...Object.values(legacy.body as Record<string, Template>));
  if (composable.status === 200) {
    const { index_templates } = composable.body as { index_templates?: readonly { index_template: Template }[] };
    templates.push(...(index_templates ?? []).map((each) => each.index_template));
  }
  const index = names.write("span", Date.now() / 1000);
  const covered = templates.some(({ index_patterns }) =>
    [index_patterns ?? []].flat().some((pattern) => pattern !== "*" && matchesPattern(pattern, index)),
  );
  if (covered) return;
  const flags = options.archive ? "es-archive" : "es";
  throw new StorageError(
    "UNAVAILABLE",
    `no template covers the index ${index}: let it be created (--${flags}.create-index-templates=true) or create it with es-mappings`,
  );
}
