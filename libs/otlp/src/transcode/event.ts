import type { WireReader, WireWriter } from "@spoor/span-wire";
import type { AttributeTranscoder } from "./attribute.ts";
import { equalsText } from "./bytes.ts";
import { KEY_EVENT } from "./constants.ts";
import { Ranges } from "./ranges.ts";
import { putSecondsNanos } from "./seconds-nanos.ts";
import { EVENT } from "./shapes.ts";
import { writeTextTag } from "./text-tag.ts";
import { UnixNanos } from "./time.ts";

const SPAN_LOGS = 9;
const LOG_FIELDS = 2;
const LOG_FIELD_TAG = (LOG_FIELDS << 3) | 2;

/**
 * Turns OTLP events into Jaeger logs. The event's name becomes the field `event`, first, unless an attribute has that key.
 *
 *     OTLP    time_unix_nano=1 (fixed64)  name=2  attributes=3
 *     Jaeger  timestamp=1{ seconds=1 nanos=2 }  fields=2
 */
export class EventTranscoder {
  readonly #attribute: AttributeTranscoder;
  readonly #reader: WireReader;
  readonly #out: WireWriter;
  readonly #attributes: Ranges;
  readonly #time = new UnixNanos();
  #nameStart = 0;
  #nameEnd = 0;

  constructor(attribute: AttributeTranscoder, maxAttributes: number) {
    this.#attributes = new Ranges(maxAttributes);
    this.#attribute = attribute;
    this.#reader = attribute.reader;
    this.#out = attribute.out;
  }

  write(events: Ranges): void {
    for (let i = 0; i < events.length; i += 2) this.#event(events.bounds[i] as number, events.bounds[i + 1] as number);
  }

  #event(start: number, end: number): void {
    this.#scan(start, end);
    const { bounds, length } = this.#attributes;
    const attribute = this.#attribute;
    const bytes = this.#reader.buffer;
    let nameIsField = this.#nameEnd > this.#nameStart;
    for (let i = 0; nameIsField && i < length; i += 2) {
      attribute.parse(bounds[i] as number, bounds[i + 1] as number);
      if (equalsText(bytes, attribute.keyStart, attribute.keyEnd, KEY_EVENT)) nameIsField = false;
    }
    const out = this.#out;
    const mark = out.begin(SPAN_LOGS);
    out.reserve(24);
    out.position = putSecondsNanos(out.buffer, out.position, 0x0a, this.#time.seconds, this.#time.nanos);
    if (nameIsField) writeTextTag(out, LOG_FIELDS, KEY_EVENT, bytes, this.#nameStart, this.#nameEnd);
    attribute.invalidKeys = 0;
    for (let i = 0; i < length; i += 2) {
      attribute.transcode(bounds[i] as number, bounds[i + 1] as number, LOG_FIELD_TAG);
    }
    out.end(mark);
  }

  #scan(start: number, end: number): void {
    const reader = this.#reader;
    this.#attributes.clear();
    this.#nameStart = this.#nameEnd = 0;
    this.#time.read(reader.buffer, -1);
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x09:
          this.#time.read(reader.buffer, reader.fixed(8));
          break;
        case 0x12:
          this.#nameStart = reader.bytes();
          this.#nameEnd = reader.position;
          break;
        case 0x1a:
          this.#attributes.add(reader.bytes(), reader.position);
          break;
        default:
          reader.skipField(tag, EVENT);
      }
    }
  }
}
