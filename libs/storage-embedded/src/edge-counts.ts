/** Calls from one service to another in a minute. */
export interface Edge {
  readonly tenant: string;
  /** Minutes since the epoch of the called span's start. */
  readonly minute: number;
  readonly parent: string;
  readonly child: string;
  calls: number;
}

/** A sum of calls; entries may be negative where a later span changed who called whom. */
export class EdgeCounts {
  readonly #edges = new Map<string, Edge>();

  add(tenant: string, minute: number, parent: string, child: string, calls: number): void {
    const key = `${minute}:${tenant.length}:${parent.length}:${tenant}${parent}${child}`;
    const known = this.#edges.get(key);
    if (known === undefined) this.#edges.set(key, { tenant, minute, parent, child, calls });
    else known.calls += calls;
  }

  /** The entries that are not zero. */
  *values(): Iterable<Edge> {
    for (const edge of this.#edges.values()) if (edge.calls !== 0) yield edge;
  }
}
