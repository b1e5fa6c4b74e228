import * as crypto from "node:crypto";
import type { EncodedProcess, EncodedSpan } from "@spoor/span-wire";
import type { JsonWriter } from "../document/json-writer.ts";

/** Letters of an id, of base64 for URLs. */
const ID_LENGTH = 20;
/** Of these the first tell the time, in 36 bits of seconds, and the last the process. */
const TIME_LENGTH = 6;
const PROCESS_LENGTH = 4;
const SPAN_LENGTH = ID_LENGTH - TIME_LENGTH - PROCESS_LENGTH;

/**
 * Ids of spans' documents, which follow from their content: a span that is sent again does not come twice, and another one with the same
 * ids of trace and span is another document. Ids of one time stand together in the server's index, which makes them cheap.
 */
export class DocumentIds {
  #process: EncodedProcess | undefined;
  #commonFields: Uint8Array | undefined;
  #processText = "";
  #seconds = -1;
  #time = "";

  /** Writes the id of a span that starts in the second `startSeconds`, of letters that need no quoting. `commonFields` are its batch's. */
  write(json: JsonWriter, span: EncodedSpan, commonFields: Uint8Array, startSeconds: number): void {
    // Most spans of a batch share both.
    if (span.process !== this.#process || commonFields !== this.#commonFields) {
      this.#process = span.process;
      this.#commonFields = commonFields;
      this.#processText = digest(Buffer.concat([span.process.bytes, commonFields]));
    }
    if (startSeconds !== this.#seconds) {
      this.#seconds = startSeconds;
      this.#time = timeText(startSeconds);
    }
    json.ascii(this.#time);
    json.ascii(digest(span.buffer.subarray(span.start, span.end)), SPAN_LENGTH);
    json.ascii(this.#processText, PROCESS_LENGTH);
  }
}

function digest(content: Uint8Array): string {
  return crypto.hash("sha1", content, "base64url");
}

/** Seconds as big-endian letters. */
function timeText(seconds: number): string {
  // 48 bits are eight letters, of which the first two hold the highest 12 bits.
  return Buffer.from(BigInt.asUintN(48, BigInt(seconds)).toString(16).padStart(12, "0"), "hex")
    .toString("base64url")
    .slice(8 - TIME_LENGTH);
}
