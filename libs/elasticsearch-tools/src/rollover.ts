import {
  type Cluster,
  matchesPattern,
  type TemplateKind,
  templateBody,
  templateName,
  usesComposableTemplates,
} from "@spoor/storage-elasticsearch";
import { type Alias, changeAliases, jaegerIndices, problem, toolPrefix } from "./indices.ts";
import type { Log } from "./log.ts";

export interface RolloverScope {
  readonly prefix: string;
  readonly archive: boolean;
  readonly skipDependencies: boolean;
  readonly adaptiveSampling: boolean;
  readonly useIlm: boolean;
  readonly ilmPolicy: string;
}

export interface InitOptions extends RolloverScope {
  readonly shards: number;
  readonly replicas: number;
  readonly priorities: Readonly<Record<TemplateKind, number>>;
}

/** One series of indices: `<name>-000001` and so on, with aliases to read and write. */
interface Series {
  readonly kind: TemplateKind;
  readonly name: string;
  readonly read: string;
  readonly write: string;
}

function seriesOf(scope: RolloverScope): readonly Series[] {
  const prefix = toolPrefix(scope.prefix);
  const series = (kind: TemplateKind, name: string): Series => {
    const full = `${prefix}jaeger-${name}`;
    return { kind, name: full, read: `${full}-read`, write: `${full}-write` };
  };
  if (scope.archive) return [series("span", "span-archive")];
  return [
    series("span", "span"),
    series("service", "service"),
    ...(scope.skipDependencies ? [] : [series("dependencies", "dependencies")]),
    ...(scope.adaptiveSampling ? [series("sampling", "sampling")] : []),
  ];
}

/** Creates templates, first indices and aliases, each unless it is there. */
export async function initIndices(cluster: Cluster, options: InitOptions): Promise<void> {
  const composable = usesComposableTemplates(cluster);
  const prefix = toolPrefix(options.prefix);
  const series = seriesOf(options);
  if (options.useIlm) {
    const names = series.map(({ name }) => firstIndex(name));
    await checkPolicy(cluster, options.ilmPolicy, names);
  }
  for (const { kind, name, read, write } of series) {
    const template = await cluster.request({
      method: "PUT",
      path: `/${composable ? "_index_template" : "_template"}/${encodeURIComponent(templateName(kind, prefix))}`,
      body: JSON.stringify(
        templateBody(kind, {
          prefix,
          shards: options.shards,
          replicas: options.replicas,
          priority: options.priorities[kind],
          ilmPolicy: options.useIlm ? options.ilmPolicy : undefined,
          isIsm: cluster.flavour === "opensearch",
          composable,
        }),
      ),
    });
    if (template.status !== 200)
      throw new Error(`failed to create template: ${templateName(kind, prefix)}, ${problem(template)}`);
    const first = firstIndex(name);
    const created = await cluster.request({ method: "PUT", path: `/${encodeURIComponent(first)}` });
    if (created.status !== 200 && !problem(created).includes("already_exists")) {
      throw new Error(`failed to create index: ${first}, ${problem(created)}`);
    }
    const known = new Set((await jaegerIndices(cluster, prefix)).flatMap(({ aliases }) => [...aliases]));
    const aliases: Alias[] = [];
    if (!known.has(read)) aliases.push({ index: first, alias: read });
    if (!known.has(write))
      aliases.push({ index: first, alias: write, ...(options.useIlm ? { is_write_index: true } : {}) });
    if (aliases.length > 0) await changeAliases(cluster, "add", aliases);
  }
}

function firstIndex(series: string): string {
  return `${series}-000001`;
}

interface IsmPolicy {
  readonly policy?: { readonly ism_template?: readonly { readonly index_patterns?: readonly string[] }[] | null };
}

/** The policy must be there. One of OpenSearch takes care of indices that its own templates name, and of no others. */
async function checkPolicy(cluster: Cluster, name: string, indices: readonly string[]): Promise<void> {
  const isIsm = cluster.flavour === "opensearch";
  const folder = isIsm ? "_plugins/_ism/policies" : "_ilm/policy";
  const response = await cluster.request({ method: "GET", path: `/${folder}/${encodeURIComponent(name)}` });
  if (response.status === 404) {
    throw new Error(`ILM policy ${name} doesn't exist in Elasticsearch. Please create it and re-run init`);
  }
  if (response.status !== 200) throw new Error(`failed to get ILM policy: ${name}, ${problem(response)}`);
  if (!isIsm) return;
  const patterns = ((response.body as IsmPolicy).policy?.ism_template ?? []).flatMap(
    ({ index_patterns }) => index_patterns ?? [],
  );
  const left = indices.filter((index) => !patterns.some((pattern) => matchesPattern(pattern, index)));
  if (left.length > 0) {
    throw new Error(`the ism_template of the ISM policy ${name} does not cover ${left.join(", ")}: add their patterns`);
  }
}

/** Begins a new index for each series whose conditions are met, and lets it be read. */
export async function rollOver(
  cluster: Cluster,
  scope: RolloverScope,
  conditions: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const { read, write } of seriesOf(scope)) {
    const response = await cluster.request({
      method: "POST",
      path: `/${encodeURIComponent(write)}/_rollover/`,
      body: JSON.stringify({ conditions }),
    });
    if (response.status !== 200) throw new Error(`failed to create rollover target: ${write}, ${problem(response)}`);
    if (scope.useIlm) continue;
    const written = (await jaegerIndices(cluster, toolPrefix(scope.prefix))).filter(({ aliases }) =>
      aliases.has(write),
    );
    if (written.length > 0) {
      await changeAliases(
        cluster,
        "add",
        written.map(({ name }) => ({ index: name, alias: read })),
      );
    }
  }
}

/** Takes indices that were created before the time out of the aliases to read; never the one that is written to. */
export async function lookBack(cluster: Cluster, scope: RolloverScope, beforeMs: number, log: Log): Promise<void> {
  for (const { read, write } of seriesOf(scope)) {
    const old = (await jaegerIndices(cluster, toolPrefix(scope.prefix))).filter(
      ({ aliases, creationTimeMs }) => aliases.has(read) && !aliases.has(write) && creationTimeMs < beforeMs,
    );
    if (old.length === 0) {
      log("No indices to remove from alias", { readAliasName: read });
      continue;
    }
    log("About to remove indices", { readAliasName: read, indicesCount: old.length });
    for (const { name, creationTimeMs } of old) {
      log("To be removed", { index: name, creationTime: new Date(creationTimeMs).toISOString() });
    }
    await changeAliases(
      cluster,
      "remove",
      old.map(({ name }) => ({ index: name, alias: read })),
    );
  }
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * The time that lookback counts from: minutes and hours back from the last whole one, days and weeks back from the next midnight, months and
 * years from the last. An unknown unit is seconds, as in v1.
 */
export function lookbackTime(nowMs: number, unit: string, count: number): number {
  const midnight = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const date = new Date(midnight);
  switch (unit) {
    case "minutes":
      return Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - count * MINUTE_MS;
    case "hours":
      return Math.floor(nowMs / HOUR_MS) * HOUR_MS - count * HOUR_MS;
    case "days":
      return midnight + DAY_MS - count * DAY_MS;
    case "weeks":
      return midnight + DAY_MS - count * 7 * DAY_MS;
    case "months":
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - count, date.getUTCDate());
    case "years":
      return Date.UTC(date.getUTCFullYear() - count, date.getUTCMonth(), date.getUTCDate());
    default:
      return Math.floor(nowMs / 1000) * 1000 - count * 1000;
  }
}
