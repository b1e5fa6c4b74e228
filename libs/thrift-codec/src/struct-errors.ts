import { ThriftError } from "./errors.ts";
import type { ThriftReader } from "./reader.ts";
import { TYPE } from "./types.ts";

/** Checks that a list just begun has structs. `goName` is Go's type in error texts; what fails in one of them goes through {@link inStruct}. */
export function checkStructs(reader: ThriftReader, count: number, goName: string): void {
  if (count > 0 && reader.elementType !== TYPE.struct) {
    throw new ThriftError(
      "MALFORMED",
      `${goName} error reading struct: list has elements of type ${reader.elementType}`,
    );
  }
}

export function inStruct(error: unknown, goName: string): unknown {
  return error instanceof ThriftError ? error.within(`${goName} error reading struct: `) : error;
}

/**
 * Says where in a struct's field a reader failed, as Go does. `known` is whether the field is one that the struct reads.
 */
export function inField(error: unknown, reader: ThriftReader, goName: string, known: boolean): unknown {
  if (!(error instanceof ThriftError) || error.cause !== undefined) return error;
  if (error.code !== "MALFORMED" && error.code !== "LIMIT_EXCEEDED") return error;
  if (reader.fieldType < 0) return error.within(`${goName} field 0 read error: `);
  if (!known) return error;
  if (reader.fieldType === TYPE.list) return error.within("error reading list begin: ");
  return error.within(`error reading field ${reader.fieldId}: `);
}

export function missing(name: string): ThriftError {
  return new ThriftError("MISSING_FIELD", `Required field ${name} is not set`);
}
