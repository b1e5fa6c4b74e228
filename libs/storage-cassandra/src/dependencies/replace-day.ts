import type { DependencyLink } from "@spoor/storage-api";
import { bigintValue } from "../rows/cql-writer.ts";
import type { SchemaFeatures } from "../schema/detect.ts";
import type { Session } from "../session.ts";
import { rowTimes, writeLinks } from "./dependency-rows.ts";

const DAY_MS = 86_400_000;

/**
 * Writes the links of a UTC day as v1's Spark job does, one row with the time at which the day begins, in place of that row and of those by
 * the hour. The new row comes first: whoever is interrupted has too much for a while, until the next run, and never nothing.
 */
export async function replaceDay(
  session: Session,
  table: NonNullable<SchemaFeatures["dependenciesTable"]>,
  dayMs: number,
  links: readonly DependencyLink[],
): Promise<void> {
  const times = await rowTimes(session, table, dayMs, dayMs + DAY_MS);
  await writeLinks(session, table, dayMs, links);
  const day = bigintValue(BigInt(dayMs));
  for (const timeMs of times) {
    if (timeMs === dayMs) continue;
    const time = bigintValue(BigInt(timeMs));
    await session.execute(
      table === "dependencies_v2"
        ? { query: "DELETE FROM dependencies_v2 WHERE ts_bucket = ? AND ts = ?", params: [day, time] }
        : { query: "DELETE FROM dependencies WHERE ts = ?", params: [time] },
    );
  }
}
