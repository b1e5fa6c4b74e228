import type { Span } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import type { TraceQuery } from "@spoor/storage-api";
import { searchableTags } from "./naive-store.ts";
import type { Random } from "./random.ts";

export interface QueryGeneratorOptions {
  /** False asks for a service in every query. */
  readonly withoutService?: boolean;
  /** Tags with longer values are not asked for. */
  readonly maxTagValueLength?: number;
}

/** Queries that mostly hit: the conditions are taken from one of the spans, each with even chance; some are bent to miss. */
export function generateQuery(random: Random, spans: readonly Span[], options: QueryGeneratorOptions = {}): TraceQuery {
  const model = random.pick(spans);
  const other = random.pick(spans);
  const from = () => (random.chance(0.85) ? model : other);
  const longest = options.maxTagValueLength ?? Number.POSITIVE_INFINITY;
  const asksService = options.withoutService === false || random.chance(0.8);
  const tags = new Map<string, string>();
  for (let i = random.pick([0, 0, 1, 1, 2, 3]); i > 0; i--) {
    const candidates = searchableTags(from()).filter(
      (tag) => tag.type !== "unknown" && valueText(tag).length <= longest,
    );
    if (candidates.length === 0) continue;
    const tag = random.pick(candidates);
    tags.set(tag.key, random.chance(0.1) ? `${valueText(tag)}x` : valueText(tag));
  }
  return {
    ...(asksService ? { serviceName: random.chance(0.05) ? "no-such-service" : from().process.serviceName } : {}),
    ...(random.chance(0.4) ? { operationName: from().operationName } : {}),
    tags,
    ...timeBounds(random, spans, model),
    ...(random.chance(0.3) ? { durationMinNs: bend(random, from().durationNs, -1n) } : {}),
    ...(random.chance(0.3) ? { durationMaxNs: bend(random, from().durationNs, 1n) } : {}),
    limit: random.pick([1, 2, 5, 20, 1000]),
  };
}

/** The value itself (bounds are inclusive), or moved in the direction that widens the query. */
function bend(random: Random, value: bigint, direction: bigint): bigint {
  const moved = value + direction * BigInt(random.between(0, 1_000_000)) * 1000n;
  return random.chance(0.4) || moved < 0n ? value : moved;
}

function timeBounds(
  random: Random,
  spans: readonly Span[],
  model: Span,
): { readonly startTimeMinNs: bigint; readonly startTimeMaxNs: bigint } {
  let earliest = model.startTimeNs;
  let latest = model.startTimeNs;
  for (const { startTimeNs } of spans) {
    if (startTimeNs < earliest) earliest = startTimeNs;
    if (startTimeNs > latest) latest = startTimeNs;
  }
  const a = random.chance(0.6) ? earliest : bend(random, model.startTimeNs, -1n);
  const b = random.chance(0.6) ? latest : bend(random, model.startTimeNs, 1n);
  return { startTimeMinNs: a, startTimeMaxNs: b };
}
