import { DaemonError, nearestName, type Settings } from "@spoor/daemon";
import type { RecountedStore } from "@spoor/service-calls";
import type { DependencyLink } from "@spoor/storage-api";
import { openCassandraRecount } from "@spoor/storage-cassandra";
import { openElasticsearchRecount } from "@spoor/storage-elasticsearch";
import { elasticsearchOptions, readCassandraOptions } from "@spoor/storage-factory";
import { STORAGES } from "./flags.ts";

/** A store whose days can be counted again. */
export interface Recounted extends RecountedStore {
  /** Hours of the day that daemons counted as they stored spans, milliseconds since the epoch. */
  countedHours(dayMs: number): Promise<readonly number[]>;
  /** Puts the links in place of all that is there for the day. Gives the name of where they are. */
  replaceDay(dayMs: number, links: readonly DependencyLink[]): Promise<string>;
  close(): Promise<void>;
}

/** Connects to the store that the settings name. */
export async function openRecount(settings: Settings): Promise<Recounted> {
  const name = settings.string("storage").toLowerCase();
  if (name === "") {
    throw new DaemonError("INVALID_SETTINGS", `STORAGE (or --storage) is not set: one of ${STORAGES.join(", ")}`);
  }
  switch (name) {
    case "cassandra": {
      const { connection = {} } = readCassandraOptions(settings);
      const recount = await openCassandraRecount({ connection });
      return {
        ...recount,
        async replaceDay(dayMs, links) {
          await recount.replaceDay(dayMs, links);
          return `table ${recount.table} of keyspace ${connection.keyspace ?? ""}`;
        },
      };
    }
    case "elasticsearch":
    case "opensearch": {
      const recount = await openElasticsearchRecount(elasticsearchOptions(settings, "es", name));
      return {
        ...recount,
        replaceDay: async (dayMs, links) => `index ${await recount.replaceDay(dayMs, links)}`,
      };
    }
    default: {
      const near = nearestName(name, STORAGES);
      throw new DaemonError(
        "INVALID_SETTINGS",
        `unsupported storage: ${name}; there are ${STORAGES.join(", ")}`,
        near === undefined ? {} : { hint: `Did you mean ${near}?` },
      );
    }
  }
}
