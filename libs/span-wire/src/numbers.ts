const bytes = new Uint8Array(8);
const view = new DataView(bytes.buffer);

/** Eight bytes, little-endian. */
export function readDouble(buffer: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) bytes[i] = buffer[at + i] as number;
  return view.getFloat64(0, true);
}

/** All bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
