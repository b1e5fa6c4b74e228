/** Parent links of n spans turned into the order in which a tree shows them. All arrays are indexed as noted. */
export interface SpanOrder {
  /** Row -> index of the span in the input. */
  readonly order: Int32Array;
  /** Row -> row of the parent, -1 for a root. */
  readonly parent: Int32Array;
  /** Row -> distance from its root. */
  readonly depth: Int32Array;
  /** Row -> first row after its subtree. */
  readonly subtreeEnd: Int32Array;
  /** Row -> number of direct children. */
  readonly childCount: Int32Array;
}

/**
 * Orders spans depth first, siblings by start time (then by input order). `parentOf[i]` is the input index of the parent
 * of span i, or -1. Spans whose parents form a cycle are entered at the earliest of them, which becomes a root.
 * Takes any depth: nothing here recurses.
 */
export function orderSpans(parentOf: Int32Array, startUs: Float64Array): SpanOrder {
  const n = parentOf.length;
  const sorted = Array.from({ length: n }, (_, i) => i).sort((a, b) => at(startUs, a) - at(startUs, b) || a - b);

  // Children as linked lists in start order: built backwards so that the head is the earliest.
  const firstChild = new Int32Array(n).fill(-1);
  const nextSibling = new Int32Array(n).fill(-1);
  const roots: number[] = [];
  for (let k = n - 1; k >= 0; k--) {
    const i = at(sorted, k);
    const parent = at(parentOf, i);
    if (parent < 0 || parent === i) continue;
    nextSibling[i] = at(firstChild, parent);
    firstChild[parent] = i;
  }
  for (const i of sorted) if (at(parentOf, i) < 0 || at(parentOf, i) === i) roots.push(i);

  const order = new Int32Array(n);
  const parent = new Int32Array(n);
  const depth = new Int32Array(n);
  const subtreeEnd = new Int32Array(n);
  const childCount = new Int32Array(n);
  const rowOf = new Int32Array(n).fill(-1);
  let rows = 0;

  const visit = (root: number): void => {
    let current = root;
    let parentRow = -1;
    for (;;) {
      const row = rows++;
      rowOf[current] = row;
      order[row] = current;
      parent[row] = parentRow;
      depth[row] = parentRow < 0 ? 0 : at(depth, parentRow) + 1;
      if (parentRow >= 0) childCount[parentRow] = at(childCount, parentRow) + 1;
      let next = unvisited(at(firstChild, current));
      parentRow = row;
      while (next === -1) {
        subtreeEnd[parentRow] = rows;
        const leaving = at(order, parentRow);
        if (leaving === root) return;
        next = unvisited(at(nextSibling, leaving));
        parentRow = at(parent, parentRow);
      }
      current = next;
    }
  };
  // A cycle that is entered at one of its spans meets that span again as somebody's child: it is already placed.
  const unvisited = (child: number): number => {
    let candidate = child;
    while (candidate !== -1 && at(rowOf, candidate) !== -1) candidate = at(nextSibling, candidate);
    return candidate;
  };

  for (const root of roots) visit(root);
  if (rows < n) for (const i of sorted) if (at(rowOf, i) === -1) visit(i);
  return { order, parent, depth, subtreeEnd, childCount };
}

function at(array: { readonly [index: number]: number }, index: number): number {
  return array[index] ?? -1;
}
