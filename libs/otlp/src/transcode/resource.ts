import { EncodedProcess, type WireReader, WireWriter, writeBinaryKeyValue } from "@spoor/span-wire";
import type { OtlpLimits } from "../limits.ts";
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
import { Ranges } from "./ranges.ts";
import { RESOURCE } from "./shapes.ts";

const PROCESS_TAGS = 2;
const PROCESS_TAG = (PROCESS_TAGS << 3) | 2;

const CAPACITY = 1024;
const MOST_KEPT = 64 * 1024;

/**
 * Jaeger's processes of OTLP resources: the first attribute `service.name` is the service name, all others are tags. One
 * transcoder reads any number of messages.
 */
export class ResourceTranscoder {
  readonly #reader: WireReader;
  readonly #attributes: Ranges;
  readonly #attribute: AttributeTranscoder;

  constructor(reader: WireReader, { maxElements, maxNesting }: OtlpLimits) {
    this.#reader = reader;
    this.#attributes = new Ranges(maxElements);
    this.#attribute = new AttributeTranscoder(reader, new WireWriter(CAPACITY), maxNesting);
  }

  /**
   * `resources` holds start and end of each Resource message found (usually one; protobuf merges several). With `sanitize` a missing, empty or
   * oddly typed service name is replaced as v1's OTLP receiver does; without it as its translator alone does.
   */
  transcode(resources: readonly number[], sanitize: boolean): EncodedProcess {
    const attribute = this.#attribute;
    const attributes = this.#attributes;
    const { out } = attribute;
    attribute.copier.open(this.#reader.buffer);
    attribute.invalidKeys = 0;
    if (out.buffer.length > MOST_KEPT) out.renew(CAPACITY);
    out.reset();
    attributes.clear();
    findAttributes(this.#reader, resources, attributes);
    const serviceName = writeServiceName(attribute, attributes, sanitize);
    const { bounds, length } = attributes;
    for (let i = 0; i < length; i += 2) {
      attribute.parse(bounds[i] as number, bounds[i + 1] as number);
      if (!isServiceName(attribute)) attribute.write(PROCESS_TAG);
    }
    return new EncodedProcess(out.finish(), serviceName);
  }

  close(): void {
    this.#attribute.copier.close();
  }
}

function findAttributes(reader: WireReader, resources: readonly number[], attributes: Ranges): void {
  for (let i = 0; i < resources.length; i += 2) {
    reader.position = resources[i] as number;
    reader.end = resources[i + 1] as number;
    while (reader.position < reader.end) {
      const tag = reader.tag();
      if (tag === 0x0a) attributes.add(reader.bytes(), reader.position);
      else reader.skipField(tag, RESOURCE);
    }
  }
}

function isServiceName(attribute: AttributeTranscoder): boolean {
  return equalsText(attribute.reader.buffer, attribute.keyStart, attribute.keyEnd, KEY_SERVICE_NAME);
}

/** Finds the service name and writes it as field 1; gives its text. */
function writeServiceName(attribute: AttributeTranscoder, attributes: Ranges, sanitize: boolean): string {
  const bytes = attribute.reader.buffer;
  const { out } = attribute;
  const { bounds, length } = attributes;
  for (let i = 0; i < length; i += 2) {
    attribute.parse(bounds[i] as number, bounds[i + 1] as number);
    if (!isServiceName(attribute)) continue;
    const { type, valueStart, valueEnd } = attribute;
    if (type !== VALUE.string) return writeName(out, sanitize ? SERVICE_NAME_WRONG_TYPE : "");
    if (valueStart === valueEnd) return writeName(out, sanitize ? EMPTY_SERVICE_NAME : "");
    if (isUtf8Range(bytes, valueStart, valueEnd)) {
      out.bytesField(1, bytes, valueStart, valueEnd);
      return Buffer.from(bytes.buffer, bytes.byteOffset + valueStart, valueEnd - valueStart).toString("utf8");
    }
    writeName(out, INVALID_SERVICE_NAME);
    writeBinaryKeyValue(out, PROCESS_TAGS, INVALID_SERVICE_NAME, bytes, valueStart, valueEnd);
    return INVALID_SERVICE_NAME;
  }
  return writeName(out, sanitize ? MISSING_SERVICE_NAME : length === 0 ? NO_SERVICE_NAME : "");
}

function writeName(out: WireWriter, name: string): string {
  out.textField(1, name);
  return name;
}
