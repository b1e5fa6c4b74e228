import dagre from "@dagrejs/dagre";
import type { DependencyLink } from "./links.ts";
import { servicesOf } from "./links.ts";

export interface PlacedService {
  readonly name: string;
  /** Centre, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedLink {
  readonly link: DependencyLink;
  /** The line as an SVG path. */
  readonly path: string;
  readonly labelX: number;
  readonly labelY: number;
}

export interface GraphLayout {
  readonly services: readonly PlacedService[];
  readonly links: readonly PlacedLink[];
  readonly width: number;
  readonly height: number;
}

const HEIGHT = 28;

/**
 * Places services in layers from callers at the left to callees at the right. `widthOf` measures a name in pixels; lines
 * end `arrow` pixels before the callee, where an arrow head of that length fits.
 */
export function layoutGraph(
  links: readonly DependencyLink[],
  widthOf: (name: string) => number,
  arrow: number,
): GraphLayout {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 90, marginx: 24, marginy: 24 });
  // The library keeps its nodes in plain objects, where a service called "constructor" would break it: it gets numbers.
  const names = servicesOf(links);
  const idOf = new Map(names.map((name, index) => [name, `n${index}`]));
  const id = (name: string): string => idOf.get(name) ?? "";
  for (const name of names) {
    graph.setNode(id(name), { width: Math.min(260, Math.ceil(widthOf(name)) + 34), height: HEIGHT });
  }
  for (const { parent, child } of links) if (parent !== child) graph.setEdge(id(parent), id(child), {});
  dagre.layout(graph);

  const services = names.map((name): PlacedService => {
    const { x = 0, y = 0, width = 0, height = 0 }: Partial<PlacedService> = graph.node(id(name)) ?? {};
    return { name, x, y, width, height };
  });
  const byName = new Map(services.map((service) => [service.name, service]));
  const placed = links.map((link): PlacedLink => {
    const own = byName.get(link.parent);
    if (link.parent === link.child && own !== undefined) return selfLink(link, own);
    const points: readonly Point[] = graph.edge(id(link.parent), id(link.child))?.points ?? [];
    const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
    return { link, path: smoothPath(shortened(points, arrow)), labelX: middle.x, labelY: middle.y };
  });
  const { width = 0, height = 0 }: { width?: number; height?: number } = graph.graph();
  return { services, links: placed, width: Math.max(width, 1), height: Math.max(height, 1) };
}

/** The points with the last moved back along the line. */
function shortened(points: readonly Point[], by: number): readonly Point[] {
  const last = points.at(-1);
  const before = points.at(-2);
  if (last === undefined || before === undefined) return points;
  const length = Math.hypot(last.x - before.x, last.y - before.y);
  const share = length === 0 ? 0 : Math.min(0.9, by / length);
  const end = { x: last.x + (before.x - last.x) * share, y: last.y + (before.y - last.y) * share };
  return [...points.slice(0, -1), end];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function selfLink(link: DependencyLink, { x, y, width }: PlacedService): PlacedLink {
  const right = x + width / 2;
  const path = `M${right - 14},${y - HEIGHT / 2} C${right - 10},${y - 44} ${right + 26},${y - 34} ${right + 8},${y - 8}`;
  return { link, path, labelX: right + 14, labelY: y - 34 };
}

/** A line through points with round corners: straight to the middles, curved at the points. */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return "";
  let path = `M${round(first.x)},${round(first.y)}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const corner = rest[i] ?? last;
    const next = rest[i + 1] ?? last;
    const isLast = i === rest.length - 2;
    const endX = isLast ? next.x : (corner.x + next.x) / 2;
    const endY = isLast ? next.y : (corner.y + next.y) / 2;
    path += ` Q${round(corner.x)},${round(corner.y)} ${round(endX)},${round(endY)}`;
  }
  return rest.length === 1 ? `${path} L${round(last.x)},${round(last.y)}` : path;
}

const round = (value: number): number => Math.round(value * 10) / 10;
