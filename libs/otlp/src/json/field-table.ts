import { equalsText } from "../transcode/bytes.ts";

interface Entry {
  readonly name: Uint8Array;
  readonly number: number;
}

/** Numbers for the names of fields, found by the names' bytes without making strings. */
export class FieldTable {
  /** By length of the name. */
  readonly #entries: Entry[][] = [];

  /** `names` maps a number above 0 to the names of a field: OTLP/JSON says camelCase, v1 also takes the .proto file's snake_case. */
  constructor(names: Readonly<Record<number, readonly string[]>>) {
    for (const [number, spellings] of Object.entries(names)) {
      for (const spelling of spellings) {
        const name = Buffer.from(spelling);
        const entries = this.#entries[name.length] ?? [];
        entries.push({ name, number: Number(number) });
        this.#entries[name.length] = entries;
      }
    }
  }

  /** 0 when there is no such field. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const entries = this.#entries[end - start];
    if (entries !== undefined) {
      for (const entry of entries) if (equalsText(bytes, start, end, entry.name)) return entry.number;
    }
    return 0;
  }
}

/** The camelCase name of a field and, where it differs, its snake_case name. */
export function spellings(name: string): readonly string[] {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return snake === name ? [name] : [name, snake];
}
