import { EncodedProcess, WireWriter, writeBinaryKeyValue } from "@spoor/span-wire";
import type { ProtoCursor } from "../protobuf/cursor.ts";
import { AttributeTranscoder, VALUE } from "./attribute.ts";
import { equalsText, isUtf8Range } from "./bytes.ts";
import {
  EMPTY_SERVICE_NAME,
  INVALID_SERVICE_NAME,
  KEY_SERVICE_NAME,
  MISSING_SERVICE_NAME,
  NO_SERVICE_NAME,
  SERVICE_NAME_WRONG_TYPE,
} from "./constants.ts";

const PROCESS_TAGS = 2;

export interface ResourceOptions {
  readonly maxNesting: number;
  /** Replace a missing, empty or oddly typed service name as v1's OTLP receiver does; without it as its translator alone does. */
  readonly sanitizeServiceName: boolean;
}

/**
 * Jaeger's process of an OTLP resource: the first attribute `service.name` is the service name, all others are tags.
 * `ranges` holds start and end of each Resource message found (usually one; protobuf merges several).
 */
export function transcodeResource(
  source: ProtoCursor,
  ranges: readonly number[],
  options: ResourceOptions,
): EncodedProcess {
  const { cursor, out, ...found } = readTags(source, ranges, options);
  let serviceName: string;
  const { nameStart, nameEnd, nameType, attributes } = found;
  if (nameType === undefined) {
    serviceName = options.sanitizeServiceName ? MISSING_SERVICE_NAME : attributes === 0 ? NO_SERVICE_NAME : "";
  } else if (nameType !== VALUE.string) serviceName = options.sanitizeServiceName ? SERVICE_NAME_WRONG_TYPE : "";
  else if (nameStart === nameEnd) serviceName = options.sanitizeServiceName ? EMPTY_SERVICE_NAME : "";
  else if (isUtf8Range(cursor.bytes, nameStart, nameEnd)) {
    serviceName = Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset + nameStart, nameEnd - nameStart).toString();
  } else {
    serviceName = INVALID_SERVICE_NAME;
    writeBinaryKeyValue(out, PROCESS_TAGS, INVALID_SERVICE_NAME, cursor.bytes, nameStart, nameEnd);
  }
  const message = new WireWriter(out.position + serviceName.length + 16);
  if (serviceName !== "") message.stringField(1, serviceName);
  message.raw(out.buffer, 0, out.position);
  return new EncodedProcess(message.finish(), serviceName);
}

function readTags(source: ProtoCursor, ranges: readonly number[], options: ResourceOptions) {
  const cursor = source;
  const out = new WireWriter(512);
  const attribute = new AttributeTranscoder(cursor, out, options.maxNesting);
  let nameStart = 0;
  let nameEnd = 0;
  let nameType: number | undefined;
  let attributes = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    cursor.position = ranges[i] as number;
    const end = ranges[i + 1] as number;
    cursor.end = end;
    while (cursor.position < end) {
      const tag = cursor.tag("Resource");
      if (tag !== 0x0a) {
        if (tag >>> 3 === 1) throw cursor.wrongWireType(tag, "Attributes");
        if (tag >>> 3 === 2 && (tag & 7) !== 0) throw cursor.wrongWireType(tag, "DroppedAttributesCount");
        cursor.skip(tag);
        continue;
      }
      const next = cursor.length() + cursor.position;
      attribute.parse(cursor.position, next);
      attributes++;
      if (equalsText(cursor.bytes, attribute.keyStart, attribute.keyEnd, KEY_SERVICE_NAME)) {
        if (nameType === undefined) {
          nameType = attribute.type;
          nameStart = attribute.valueStart;
          nameEnd = attribute.valueEnd;
        }
      } else attribute.write((PROCESS_TAGS << 3) | 2);
      cursor.position = next;
      cursor.end = end;
    }
  }
  return { cursor, out, nameStart, nameEnd, nameType, attributes };
}
