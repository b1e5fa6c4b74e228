/** Calls from one service to another, as the API counts them. */
export interface DependencyLink {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** Links without those that name nothing, the most calls first. */
export function cleanLinks(links: readonly Partial<DependencyLink>[]): readonly DependencyLink[] {
  return links
    .map(({ parent = "", child = "", callCount = 0 }) => ({ parent, child, callCount: Number(callCount) || 0 }))
    .filter(({ parent, child }) => parent !== "" && child !== "")
    .sort((a, b) => b.callCount - a.callCount || (a.parent < b.parent ? -1 : 1));
}

export const servicesOf = (links: readonly DependencyLink[]): readonly string[] =>
  [...new Set(links.flatMap(({ parent, child }) => [parent, child]))].sort((a, b) => a.localeCompare(b, "en"));

/** The links within `steps` of a service, up and down; all of them when no service is given. */
export function neighbourhood(
  links: readonly DependencyLink[],
  service: string,
  steps: number,
): readonly DependencyLink[] {
  if (service === "") return links;
  const kept = new Set<DependencyLink>();
  // Callers of callers and callees of callees: going up and then down again would pull in the siblings too.
  for (const [from, to] of [
    ["parent", "child"],
    ["child", "parent"],
  ] as const) {
    let edge = new Set([service]);
    const seen = new Set(edge);
    for (let step = 0; step < steps && edge.size > 0; step++) {
      const next = new Set<string>();
      for (const link of links) {
        if (!edge.has(link[from])) continue;
        kept.add(link);
        if (!seen.has(link[to])) {
          seen.add(link[to]);
          next.add(link[to]);
        }
      }
      edge = next;
    }
  }
  return links.filter((link) => kept.has(link));
}

/** Width of a link's line: 1 to 7 px, by the square root of its calls relative to the busiest. */
export function linkWidth(callCount: number, maxCallCount: number): number {
  if (maxCallCount <= 1) return 1.5;
  return 1 + 6 * Math.sqrt(Math.max(0, callCount) / maxCallCount);
}
