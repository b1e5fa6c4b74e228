import { decodeUtf8 } from "@spoor/span-wire";
import { ZipkinError } from "../errors.ts";
import { keyHash, ROLE, tagRole } from "./tag-role.ts";

/** From so many tags on, keys are found through a map. */
const MANY = 24;

/** Numbers of a tag in {@link TagList.places}. */
export const PLACES = 4;

/** Tags of one span, as ranges of the bytes they were read from. Keys are unique: of equal ones the last value holds. */
export class TagList {
  /** Start and end of key and of value, for each tag. */
  readonly places: number[] = [];
  /** {@link ROLE} of each tag. */
  readonly roles: number[] = [];
  readonly #hashes: number[] = [];
  length = 0;
  /** A bit for every role that some tag has. */
  roleBits = 0;
  readonly #max: number;
  /** A bit for the last bits of every hash. */
  #hashBits = 0;
  #byKey: Map<string, number> | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  clear(): void {
    this.length = this.roleBits = this.#hashBits = 0;
    this.#byKey = undefined;
  }

  set(bytes: Uint8Array, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    const hash = keyHash(bytes, keyStart, keyEnd);
    const bit = 1 << (hash & 31);
    let index = -1;
    if (this.length >= MANY) index = this.#findByKey(bytes, keyStart, keyEnd);
    else if ((this.#hashBits & bit) !== 0) index = this.#find(bytes, keyStart, keyEnd, hash);
    const { places } = this;
    if (index < 0) {
      index = this.length;
      if (index === this.#max) throw new ZipkinError("LIMIT_EXCEEDED", `more than ${this.#max} tags in one span`);
      const role = tagRole(bytes, keyStart, keyEnd, hash);
      places[index * PLACES] = keyStart;
      places[index * PLACES + 1] = keyEnd;
      this.roles[index] = role;
      this.#hashes[index] = hash;
      this.roleBits |= 1 << role;
      this.#hashBits |= bit;
      this.length = index + 1;
    }
    places[index * PLACES + 2] = valueStart;
    places[index * PLACES + 3] = valueEnd;
  }

  has(role: number): boolean {
    return (this.roleBits & (1 << role)) !== 0;
  }

  /** Index of the tag with this role (one that only one key has), or -1. */
  withRole(role: number): number {
    if (!this.has(role)) return -1;
    for (let i = 0; i < this.length; i++) if (this.roles[i] === role) return i;
    return -1;
  }

  /** The tag is not to be written. */
  take(index: number): void {
    this.roles[index] = ROLE.taken;
    this.roleBits |= 1 << ROLE.taken;
  }

  key(bytes: Uint8Array, index: number): string {
    return decodeUtf8(bytes, this.places[index * PLACES] as number, this.places[index * PLACES + 1] as number);
  }

  value(bytes: Uint8Array, index: number): string {
    return decodeUtf8(bytes, this.places[index * PLACES + 2] as number, this.places[index * PLACES + 3] as number);
  }

  #find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    for (let i = 0; i < this.length; i++) {
      if (this.#hashes[i] === hash && this.#hasKey(i, bytes, start, end)) return i;
    }
    return -1;
  }

  #hasKey(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.places[index * PLACES] as number;
    if ((this.places[index * PLACES + 1] as number) - from !== end - start) return false;
    for (let i = start; i < end; i++) if (bytes[i] !== bytes[from + i - start]) return false;
    return true;
  }

  /** Gives the index of the key; when it has none, the key gets the next one. */
  #findByKey(bytes: Uint8Array, start: number, end: number): number {
    if (this.#byKey === undefined) {
      this.#byKey = new Map();
      for (let i = 0; i < this.length; i++) this.#byKey.set(this.key(bytes, i), i);
    }
    const key = decodeUtf8(bytes, start, end);
    const index = this.#byKey.get(key);
    if (index !== undefined) return index;
    this.#byKey.set(key, this.length);
    return -1;
  }
}
