/** The tree's shape as far as folding needs it; see TraceColumns. */
export interface Tree {
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  readonly subtreeEnd: Int32Array;
  readonly childCount: Int32Array;
}

/** The rows that are not inside a collapsed one, in order. */
export function visibleRows(tree: Tree, collapsed: ReadonlySet<number>): Int32Array {
  const n = tree.subtreeEnd.length;
  const visible = new Int32Array(n);
  let count = 0;
  for (let row = 0; row < n; ) {
    visible[count++] = row;
    row = collapsed.has(row) ? (tree.subtreeEnd[row] ?? n) : row + 1;
  }
  return visible.subarray(0, count);
}

/** Where a row stands among the visible ones; for a hidden row, where the collapsed row that hides it stands. */
export function positionOf(visible: Int32Array, row: number): number {
  let low = 0;
  let high = visible.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((visible[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Collapses every row that has children. */
export function collapseAll(tree: Tree): ReadonlySet<number> {
  const collapsed = new Set<number>();
  for (let row = 0; row < tree.childCount.length; row++) if ((tree.childCount[row] ?? 0) > 0) collapsed.add(row);
  return collapsed;
}

/** Collapses the deepest open level. */
export function collapseLevel(tree: Tree, collapsed: ReadonlySet<number>): ReadonlySet<number> {
  const open = [...visibleRows(tree, collapsed)].filter(
    (row) => (tree.childCount[row] ?? 0) > 0 && !collapsed.has(row),
  );
  const deepest = open.reduce((max, row) => Math.max(max, tree.depth[row] ?? 0), -1);
  return new Set([...collapsed, ...open.filter((row) => tree.depth[row] === deepest)]);
}

/** Opens the topmost collapsed level. */
export function expandLevel(tree: Tree, collapsed: ReadonlySet<number>): ReadonlySet<number> {
  const shut = [...visibleRows(tree, collapsed)].filter((row) => collapsed.has(row));
  const topmost = shut.reduce((min, row) => Math.min(min, tree.depth[row] ?? 0), Number.POSITIVE_INFINITY);
  const result = new Set(collapsed);
  for (const row of shut) if (tree.depth[row] === topmost) result.delete(row);
  return result;
}

/** Opens what hides a row; the same set when nothing does. */
export function reveal(tree: Tree, collapsed: ReadonlySet<number>, row: number): ReadonlySet<number> {
  const hiding: number[] = [];
  for (let up = tree.parent[row] ?? -1; up >= 0; up = tree.parent[up] ?? -1) if (collapsed.has(up)) hiding.push(up);
  if (hiding.length === 0) return collapsed;
  const result = new Set(collapsed);
  for (const up of hiding) result.delete(up);
  return result;
}

/** The next or previous row of a mask, going around at the ends; -1 when none is marked. */
export function nextMatch(mask: Uint8Array, from: number, direction: 1 | -1): number {
  const n = mask.length;
  for (let i = 1; i <= n; i++) {
    const row = (((from + direction * i) % n) + n) % n;
    if (mask[row] === 1) return row;
  }
  return -1;
}

/** Which of the marked rows a row is, from 1; 0 when it is not marked. */
export function matchNumber(mask: Uint8Array, row: number): number {
  if (mask[row] !== 1) return 0;
  let count = 0;
  for (let i = 0; i <= row; i++) count += mask[i] ?? 0;
  return count;
}

export const countMatches = (mask: Uint8Array): number => mask.reduce((sum, value) => sum + value, 0);
