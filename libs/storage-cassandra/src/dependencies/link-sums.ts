import type { DependencyLink } from "@spoor/storage-api";

/** Sums of calls by who called whom, and by who says so. */
export class LinkSums {
  readonly #sums = new Map<string, { parent: string; child: string; source: string; callCount: number }>();

  add(link: DependencyLink): void {
    const key = `${link.parent.length} ${link.child.length} ${link.parent}${link.child}${link.source}`;
    const known = this.#sums.get(key);
    if (known === undefined) this.#sums.set(key, { ...link });
    else known.callCount += link.callCount;
  }

  links(): readonly DependencyLink[] {
    return Array.from(this.#sums.values(), (link) => ({ ...link }));
  }
}
