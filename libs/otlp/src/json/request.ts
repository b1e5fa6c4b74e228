import { WireWriter } from "@spoor/span-wire";
import type { OtlpLimits } from "../limits.ts";
import { writeAttributes, writeString } from "./any-value.ts";
import { FieldTable, spellings } from "./field-table.ts";
import { skipCount } from "./numbers.ts";
import { JsonReader } from "./reader.ts";
import { SpanJson } from "./span.ts";
import { beginWide, endWide } from "./wide.ts";

const REQUEST = new FieldTable({ 1: spellings("resourceSpans") });
const RESOURCE_SPANS = new FieldTable({ 1: ["resource"], 2: spellings("scopeSpans"), 3: spellings("schemaUrl") });
const RESOURCE = new FieldTable({ 1: ["attributes"], 2: spellings("droppedAttributesCount") });
const SCOPE_SPANS = new FieldTable({ 1: ["scope"], 2: ["spans"], 3: spellings("schemaUrl") });
const SCOPE = new FieldTable({
  1: ["name"],
  2: ["version"],
  3: ["attributes"],
  4: spellings("droppedAttributesCount"),
});

/**
 * OTLP/JSON as the same message in protobuf, so that there is one way from OTLP to Jaeger spans. JSON fields come in any order, and so
 * may protobuf's: nothing is buffered or read twice. Rules of v1 (`ptrace.JSONUnmarshaler`): ids are hex, 64-bit integers
 * strings or numbers, enums names or numbers, unknown fields are skipped, `null` is an absent field.
 */
export function jsonToProtobuf(body: Uint8Array | string, limits: OtlpLimits): Uint8Array {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const json = new JsonReader(plain, limits.maxNesting);
  const out = new WireWriter((plain.length >> 1) + 256);
  if (json.enterObject()) {
    const request = new RequestJson(json, out, limits.maxNesting);
    do {
      if (json.field(REQUEST) === 1) request.resourceSpans();
      else json.skip();
    } while (json.moreFields());
  }
  return new Uint8Array(out.buffer.buffer, out.buffer.byteOffset, out.position);
}

class RequestJson {
  readonly #json: JsonReader;
  readonly #out: WireWriter;
  readonly #maxNesting: number;
  readonly #span: SpanJson;

  constructor(json: JsonReader, out: WireWriter, maxNesting: number) {
    this.#json = json;
    this.#out = out;
    this.#maxNesting = maxNesting;
    this.#span = new SpanJson(json, out, maxNesting);
  }

  resourceSpans(): void {
    const json = this.#json;
    if (!json.enterArray()) return;
    do {
      const mark = beginWide(this.#out, 1);
      if (json.enterObject()) {
        do {
          switch (json.field(RESOURCE_SPANS)) {
            case 1:
              this.#resource();
              break;
            case 2:
              this.#scopeSpans();
              break;
            case 3:
              json.string();
              break;
            default:
              json.skip();
          }
        } while (json.moreFields());
      }
      endWide(this.#out, mark);
    } while (json.moreItems());
  }

  #resource(): void {
    const json = this.#json;
    const mark = beginWide(this.#out, 1);
    if (json.enterObject()) {
      do {
        const field = json.field(RESOURCE);
        if (field === 1) writeAttributes(json, this.#out, 1, this.#maxNesting);
        else if (field === 2) skipCount(json);
        else json.skip();
      } while (json.moreFields());
    }
    endWide(this.#out, mark);
  }

  #scopeSpans(): void {
    const json = this.#json;
    if (!json.enterArray()) return;
    do {
      const mark = beginWide(this.#out, 2);
      if (json.enterObject()) {
        do {
          switch (json.field(SCOPE_SPANS)) {
            case 1:
              this.#scope();
              break;
            case 2:
              this.#span.writeAll();
              break;
            case 3:
              json.string();
              break;
            default:
              json.skip();
          }
        } while (json.moreFields());
      }
      endWide(this.#out, mark);
    } while (json.moreItems());
  }

  #scope(): void {
    const json = this.#json;
    const out = this.#out;
    const mark = beginWide(out, 1);
    if (json.enterObject()) {
      do {
        switch (json.field(SCOPE)) {
          case 1:
            writeString(json, out, 1);
            break;
          case 2:
            writeString(json, out, 2);
            break;
          case 3:
            writeAttributes(json, out, 3, this.#maxNesting);
            break;
          case 4:
            skipCount(json);
            break;
          default:
            json.skip();
        }
      } while (json.moreFields());
    }
    endWide(out, mark);
  }
}
