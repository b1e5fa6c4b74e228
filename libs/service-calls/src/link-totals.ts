import type { DependencyLink } from "@spoor/storage-api";

/** Sums of calls by who called whom. */
export class LinkTotals {
  readonly #parents = new Map<string, Map<string, number>>();
  #size = 0;

  /** Pairs of services. */
  get size(): number {
    return this.#size;
  }

  has(parent: string, child: string): boolean {
    return this.#parents.get(parent)?.has(child) === true;
  }

  add(parent: string, child: string, callCount: number): void {
    let children = this.#parents.get(parent);
    if (children === undefined) {
      children = new Map();
      this.#parents.set(parent, children);
    }
    const known = children.get(child);
    if (known === undefined) this.#size++;
    children.set(child, (known ?? 0) + callCount);
  }

  links(): readonly DependencyLink[] {
    const links: DependencyLink[] = [];
    for (const [parent, children] of this.#parents) {
      for (const [child, callCount] of children) links.push({ parent, child, callCount, source: "" });
    }
    return links;
  }
}
