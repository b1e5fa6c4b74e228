/** Numbers for the names of an object's fields, found by the names' bytes. */
export class FieldTable {
  /** By length of the name. */
  readonly #exact: { readonly name: Uint8Array; readonly field: number }[][] = [];
  readonly #lowerCase = new Map<string, number>();

  /** A field's number is its index in `names` plus one. Names are ASCII. */
  constructor(names: readonly string[]) {
    names.forEach((name, i) => {
      const sameLength = this.#exact[name.length] ?? [];
      sameLength.push({ name: Buffer.from(name), field: i + 1 });
      this.#exact[name.length] = sameLength;
      this.#lowerCase.set(name.toLowerCase(), i + 1);
    });
  }

  /** Finds a name as Go does: exactly, else without regard to case; 0 when there is no such field. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const sameLength = this.#exact[end - start];
    if (sameLength === undefined) return 0;
    for (const { name, field } of sameLength) {
      let i = 0;
      while (i < name.length && name[i] === bytes[start + i]) i++;
      if (i === name.length) return field;
    }
    return this.#lowerCase.get(Buffer.from(bytes.subarray(start, end)).toString("latin1").toLowerCase()) ?? 0;
  }
}
