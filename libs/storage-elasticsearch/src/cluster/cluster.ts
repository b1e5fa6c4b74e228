import { StorageError } from "@spoor/storage-api";

/** Elasticsearch from 7 on, or OpenSearch. */
export type Flavour = "elasticsearch" | "opensearch";

export interface ClusterRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  /** With a leading slash, escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** JSON as text, or with {@link isLines} lines of JSON. */
  readonly body?: string | Buffer;
  readonly isLines?: boolean;
  /** Proves who asks, in place of the cluster's own credentials. */
  readonly bearerToken?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ClusterResponse {
  readonly status: number;
  /** Parsed by `parseAnswer`: JSON, with whole numbers beyond 2^53 as bigints; text when it is no JSON. */
  readonly body: unknown;
}

/**
 * A connection to a cluster: what is common to the clients of its two makers. A request resolves with every status the server answers
 * (other nodes are tried when one is out of order) and rejects with a StorageError `UNAVAILABLE` when no server answers.
 */
export interface Cluster {
  readonly flavour: Flavour;
  /** As the server tells it, such as `7.17.29`. */
  readonly version: string;
  readonly major: number;
  request(request: ClusterRequest): Promise<ClusterResponse>;
  close(): Promise<void>;
}

/** The part that needs no version: what the adapter of a client gives. */
export interface ClusterConnection {
  request(request: ClusterRequest): Promise<ClusterResponse>;
  close(): Promise<void>;
}

/** The same cluster, asked in the name of whoever has this token; without one, by the cluster's own credentials. */
export function inTheNameOf(cluster: Cluster, bearerToken: string | undefined): Cluster {
  if (bearerToken === undefined) return cluster;
  const { flavour, version, major } = cluster;
  return {
    flavour,
    version,
    major,
    async request(request) {
      const response = await cluster.request({ ...request, bearerToken });
      // Not UNAVAILABLE: the store is there for others.
      if (response.status === 401 || response.status === 403) {
        throw new StorageError("REJECTED", `the store does not accept the token of this request (${response.status})`);
      }
      return response;
    },
    close: () => cluster.close(),
  };
}
