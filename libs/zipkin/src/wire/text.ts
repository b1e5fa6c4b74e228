import type { ByteCopier, WireWriter } from "@spoor/span-wire";

/** A field with the bytes `[start, end)` of the copier's source; nothing when there are none. */
export function writeTextField(out: WireWriter, copier: ByteCopier, field: number, start: number, end: number): void {
  const length = end - start;
  if (length === 0) return;
  out.tag(field, 2);
  out.varint32(length);
  out.reserve(length);
  copier.copy(start, end, out, out.position);
  out.position += length;
}

/** A KeyValue field, `key=1 v_str=3`, of texts in the copier's source. `fieldTag` is the field's tag byte. */
export function writeTextTag(
  out: WireWriter,
  copier: ByteCopier,
  fieldTag: number,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
): void {
  const keyLength = keyEnd - keyStart;
  const valueLength = valueEnd - valueStart;
  const keySize = keyLength === 0 ? 0 : 1 + varintSize(keyLength) + keyLength;
  const valueSize = valueLength === 0 ? 0 : 1 + varintSize(valueLength) + valueLength;
  out.reserve(keySize + valueSize + 6);
  const target = out.buffer;
  let p = out.position;
  target[p++] = fieldTag;
  p = putVarint(target, p, keySize + valueSize);
  if (keyLength > 0) {
    target[p++] = 0x0a;
    p = putVarint(target, p, keyLength);
    copier.copy(keyStart, keyEnd, out, p);
    p += keyLength;
  }
  if (valueLength > 0) {
    target[p++] = 0x1a;
    p = putVarint(target, p, valueLength);
    copier.copy(valueStart, valueEnd, out, p);
    p += valueLength;
  }
  out.position = p;
}

/** A key as {@link writeValueTag} takes it: the field `key` of a KeyValue. ASCII, shorter than 128. */
export function encodedKey(key: string): Uint8Array {
  return Buffer.from(`\n${String.fromCharCode(key.length)}${key}`, "latin1");
}

/** Like {@link writeTextTag} with a key that is encoded already and a value that is not empty. */
export function writeValueTag(
  out: WireWriter,
  copier: ByteCopier,
  fieldTag: number,
  key: Uint8Array,
  valueStart: number,
  valueEnd: number,
): void {
  const valueLength = valueEnd - valueStart;
  const size = key.length + 1 + varintSize(valueLength) + valueLength;
  out.reserve(size + 6);
  const target = out.buffer;
  let p = out.position;
  target[p++] = fieldTag;
  p = putVarint(target, p, size);
  for (let i = 0; i < key.length; i++) target[p++] = key[i] as number;
  target[p++] = 0x1a;
  p = putVarint(target, p, valueLength);
  copier.copy(valueStart, valueEnd, out, p);
  out.position = p + valueLength;
}

function varintSize(value: number): number {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : value < 268435456 ? 4 : 5;
}

function putVarint(target: Uint8Array, at: number, value: number): number {
  let p = at;
  let rest = value;
  while (rest > 127) {
    target[p++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[p++] = rest;
  return p;
}
