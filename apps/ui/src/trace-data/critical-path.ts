/** The parts of a trace's run time that nothing else could have hidden: three parallel arrays. */
export interface CriticalPath {
  readonly row: Int32Array;
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
}

export interface CriticalPathInput {
  readonly parent: Int32Array;
  readonly subtreeEnd: Int32Array;
  readonly startUs: Float64Array;
  readonly durationUs: Float64Array;
  /** Row -> 1 when the span only follows from its parent: the parent does not wait for it. */
  readonly follows: Uint8Array;
}

/**
 * The critical path below the first root. Going back from a span's end, the child that ended last before that moment is
 * what the span waited for: the time after the child's end is the span's own, the child's time is looked at in the same way, and
 * the walk goes on before the child's start. A child that outlives its parent counts up to the parent's end.
 * The parts add up to the root's duration exactly and do not overlap.
 */
export function criticalPath(trace: CriticalPathInput): CriticalPath {
  const { parent, subtreeEnd } = trace;
  const n = parent.length;
  if (n === 0) return { row: new Int32Array(), startUs: new Float64Array(), endUs: new Float64Array() };
  const limit = subtreeEnd[0] ?? 0;

  // Every span clamped into its (clamped) parent; what lies outside of it has no part in the path.
  const start = new Float64Array(limit);
  const end = new Float64Array(limit);
  const children: number[][] = [];
  for (let row = 0; row < limit; row++) {
    children.push([]);
    const up = parent[row] ?? -1;
    const ownStart = trace.startUs[row] ?? 0;
    const ownEnd = ownStart + Math.max(0, trace.durationUs[row] ?? 0);
    const low = up < 0 ? ownStart : (start[up] ?? 0);
    const high = up < 0 ? ownEnd : (end[up] ?? 0);
    start[row] = Math.min(Math.max(ownStart, low), high);
    end[row] = Math.min(Math.max(ownEnd, low), high);
    const waitedFor = up >= 0 && trace.follows[row] !== 1 && (end[row] ?? 0) > (start[row] ?? 0);
    if (waitedFor) children[up]?.push(row);
  }
  for (const list of children) list.sort((a, b) => (end[b] ?? 0) - (end[a] ?? 0) || (start[b] ?? 0) - (start[a] ?? 0));

  const rows: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const emit = (row: number, from: number, to: number): void => {
    if (to <= from) return;
    rows.push(row);
    starts.push(from);
    ends.push(to);
  };
  // One frame per open span: where its walk stands in time, and the next child to look at.
  const stack = [{ row: 0, cursor: end[0] ?? 0, next: 0 }];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const list = children[frame.row] ?? [];
    let child = list[frame.next];
    while (child !== undefined && (end[child] ?? 0) > frame.cursor) child = list[++frame.next];
    if (child === undefined) {
      emit(frame.row, start[frame.row] ?? 0, frame.cursor);
      stack.pop();
      continue;
    }
    frame.next++;
    emit(frame.row, end[child] ?? 0, frame.cursor);
    frame.cursor = start[child] ?? 0;
    stack.push({ row: child, cursor: end[child] ?? 0, next: 0 });
  }
  return { row: Int32Array.from(rows), startUs: Float64Array.from(starts), endUs: Float64Array.from(ends) };
}
