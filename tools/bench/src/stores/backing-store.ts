/** A store that is a server of its own, beside the daemons under test. */
export type BackingStoreName = "cassandra" | "elasticsearch" | "elasticsearch9" | "opensearch";

export const BACKING_STORES: readonly BackingStoreName[] = [
  "cassandra",
  "elasticsearch",
  "elasticsearch9",
  "opensearch",
];

/** What a store's server says it has done so far, by name, such as `requests` or `rows of tag_index`. */
export type ServerCounts = Readonly<Record<string, number>>;

/** A running server with an empty store in it. */
export interface BackingStore {
  readonly name: BackingStoreName;
  readonly version: string;
  /** Environment that points a collector or a query service at the store. */
  readonly env: Readonly<Record<string, string>>;
  /** Server-side counts since its start. */
  counts(): Promise<ServerCounts>;
  /** Makes what was written visible to searches. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the server. Java and Maven are needed from here on, not before. */
export async function startBackingStore(name: BackingStoreName, heapMb: number): Promise<BackingStore> {
  if (name === "cassandra") return (await import("./cassandra-store.ts")).startCassandraStore(heapMb);
  return (await import("./search-store.ts")).startSearchStore(name, heapMb);
}

/** What each count grew by; counts that did not move are left out. */
export function countsSince(before: ServerCounts, after: ServerCounts): ServerCounts {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([, grown]) => grown !== 0),
  );
}
