import type { DependencyLink } from "@spoor/storage-api";

/** Sums of calls by who called whom. */
export class LinkTotals {
  readonly #totals = new Map<string, { parent: string; child: string; source: string; callCount: number }>();

  add(link: DependencyLink): void {
    const key = `${link.parent.length} ${link.child.length} ${link.parent}${link.child}${link.source}`;
    const known = this.#totals.get(key);
    if (known === undefined) this.#totals.set(key, { ...link });
    else known.callCount += link.callCount;
  }

  links(): readonly DependencyLink[] {
    return Array.from(this.#totals.values(), (link) => ({ ...link }));
  }
}
