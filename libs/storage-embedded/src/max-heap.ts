/** A binary heap; `compare(a, b) > 0` when a comes out before b. */
export class MaxHeap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#compare(item, items[above] as T) <= 0) break;
      items[at] = items[above] as T;
      at = above;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#compare(items[below + 1] as T, items[below] as T) > 0) below++;
      if (this.#compare(items[below] as T, last) <= 0) break;
      items[at] = items[below] as T;
      at = below;
    }
    items[at] = last;
    return top;
  }
}
