import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { LeaseLock } from "@spoor/storage-api";
import type { Cluster, ClusterResponse } from "../cluster/cluster.ts";
import { failure } from "../errors.ts";
import type { IndexNames } from "../indices/index-names.ts";

const DEFAULT_TTL_SECONDS = 60;

interface Lease {
  readonly _seq_no: number;
  readonly _primary_term: number;
  readonly _source: { readonly owner: string; readonly ttlSeconds: number };
}

interface Seen {
  readonly version: string;
  /** By this process's own clock. */
  readonly sinceMs: number;
}

/**
 * A lock that its owner loses unless he takes it again in time: a document that is written anew with each prolongation. Clocks are not
 * compared: whoever sees the same version of it for as long as it is good for takes it over, and the server lets one only.
 */
export class DocumentLeaseLock implements LeaseLock {
  readonly #cluster: Cluster;
  readonly #index: string;
  readonly #owner: string;
  readonly #seen = new Map<string, Seen>();

  /** Each process has a name of its own, unless one is given. */
  constructor(cluster: Cluster, names: IndexNames, owner: string = `${hostname()}-${randomBytes(8).toString("hex")}`) {
    this.#cluster = cluster;
    this.#index = `${names.prefix}jaeger-sampling-leases`;
    this.#owner = owner;
  }

  /** Takes or prolongs the lock; false when another process has it. Whole seconds; 0 stands for 60. */
  async acquire(name: string, ttlSeconds: number): Promise<boolean> {
    const ttl = Math.floor(ttlSeconds) || DEFAULT_TTL_SECONDS;
    const lease = await this.#read(name);
    if (lease !== undefined && lease._source.owner !== this.#owner && !this.#isOver(name, lease)) return false;
    const response = await this.#cluster.request({
      method: "PUT",
      path: this.#path(lease === undefined ? "_create" : "_doc", name),
      ...(lease === undefined ? {} : { query: versionOf(lease) }),
      body: JSON.stringify({ owner: this.#owner, ttlSeconds: ttl }),
    });
    // 409: another one was faster.
    return this.#isDone(response, "take the lock of adaptive sampling");
  }

  /** Gives it back; false when this process does not have it. */
  async release(name: string): Promise<boolean> {
    const lease = await this.#read(name);
    if (lease?._source.owner !== this.#owner) return false;
    const path = this.#path("_doc", name);
    const response = await this.#cluster.request({ method: "DELETE", path, query: versionOf(lease) });
    return this.#isDone(response, "give back the lock of adaptive sampling");
  }

  async #read(name: string): Promise<Lease | undefined> {
    const response = await this.#cluster.request({ method: "GET", path: this.#path("_doc", name) });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw failure(response, "read the lock of adaptive sampling");
    return response.body as Lease;
  }

  #isOver(name: string, lease: Lease): boolean {
    const version = `${lease._primary_term} ${lease._seq_no}`;
    const seen = this.#seen.get(name);
    const now = performance.now();
    if (seen?.version === version) return now - seen.sinceMs >= lease._source.ttlSeconds * 1000;
    this.#seen.set(name, { version, sinceMs: now });
    return false;
  }

  #isDone(response: ClusterResponse, doing: string): boolean {
    if (response.status <= 201) return true;
    if (response.status === 409 || response.status === 404) return false;
    throw failure(response, doing);
  }

  #path(action: string, name: string): string {
    return `/${encodeURIComponent(this.#index)}/${action}/${encodeURIComponent(name)}`;
  }
}

function versionOf(lease: Lease): Readonly<Record<string, number>> {
  return { if_seq_no: lease._seq_no, if_primary_term: lease._primary_term };
}
