import { Int64, TBinaryProtocol, TBufferedTransport, TCompactProtocol, type TProtocol } from "thrift";
import { type ThriftProtocol, TYPE } from "../types.ts";

/** A Thrift value of any shape. */
export type Tree =
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "byte" | "i16" | "i32" | "double"; readonly value: number }
  | { readonly type: "i64"; readonly value: bigint }
  | { readonly type: "string"; readonly value: string | Uint8Array }
  | { readonly type: "struct"; readonly fields: readonly (readonly [id: number, value: Tree])[] }
  | { readonly type: "list" | "set"; readonly of: keyof typeof TYPE; readonly items: readonly Tree[] }
  | {
      readonly type: "map";
      readonly keys: keyof typeof TYPE;
      readonly of: keyof typeof TYPE;
      readonly entries: readonly (readonly [Tree, Tree])[];
    };

/** Writes with npm's thrift. */
export function oracleWrite(protocol: ThriftProtocol, write: (output: TProtocol) => void): Uint8Array {
  const parts: Buffer[] = [];
  const transport = new TBufferedTransport(undefined, (bytes?: Buffer) => {
    if (bytes !== undefined) parts.push(bytes);
  });
  const output = protocol === "compact" ? new TCompactProtocol(transport) : new TBinaryProtocol(transport);
  write(output);
  output.flush();
  return new Uint8Array(Buffer.concat(parts));
}

export function writeTree(output: TProtocol, tree: Tree): void {
  switch (tree.type) {
    case "bool":
      output.writeBool(tree.value);
      break;
    case "byte":
      output.writeByte(tree.value);
      break;
    case "i16":
      output.writeI16(tree.value);
      break;
    case "i32":
      output.writeI32(tree.value);
      break;
    case "double":
      output.writeDouble(tree.value);
      break;
    case "i64":
      output.writeI64(int64(tree.value));
      break;
    case "string":
      if (typeof tree.value === "string") output.writeString(tree.value);
      else output.writeBinary(Buffer.from(tree.value));
      break;
    case "struct":
      output.writeStructBegin("");
      for (const [id, value] of tree.fields) {
        output.writeFieldBegin("", TYPE[value.type], id);
        writeTree(output, value);
        output.writeFieldEnd();
      }
      output.writeFieldStop();
      output.writeStructEnd();
      break;
    case "map":
      output.writeMapBegin(TYPE[tree.keys], TYPE[tree.of], tree.entries.length);
      for (const [key, value] of tree.entries) {
        writeTree(output, key);
        writeTree(output, value);
      }
      output.writeMapEnd();
      break;
    case "set":
      output.writeSetBegin(TYPE[tree.of], tree.items.length);
      for (const item of tree.items) writeTree(output, item);
      output.writeSetEnd();
      break;
    default:
      output.writeListBegin(TYPE[tree.of], tree.items.length);
      for (const item of tree.items) writeTree(output, item);
      output.writeListEnd();
  }
}

function int64(value: bigint): Int64 {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return new Int64(bytes);
}
