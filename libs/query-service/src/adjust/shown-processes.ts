import { type EncodedProcess, KeyValueCursor, type KeyValuePlaces } from "@spoor/span-wire";
import type { ShownProcess } from "../query-service.ts";
import { sortTags } from "./compare-tags.ts";
import { adjustIpTags } from "./ip-tags.ts";

const plain = new WeakMap<EncodedProcess, ShownProcess>();
const adjusted = new WeakMap<EncodedProcess, ShownProcess>();

/** A process as it was stored; the same object each time. */
export function plainProcess(process: EncodedProcess): ShownProcess {
  let shown = plain.get(process);
  if (shown === undefined) {
    shown = { serviceName: process.serviceName, tags: tagsOf(process) };
    plain.set(process, shown);
  }
  return shown;
}

/** A process with addresses as text and tags sorted; the same object each time. */
export function adjustedProcess(process: EncodedProcess): ShownProcess {
  let shown = adjusted.get(process);
  if (shown === undefined) {
    const tags = tagsOf(process);
    adjustIpTags(tags);
    sortTags(tags);
    shown = { serviceName: process.serviceName, tags };
    adjusted.set(process, shown);
  }
  return shown;
}

/** Processes that show tags of their spans as well: one object for all spans that add the same tags to the same process. */
export class ExtendedProcesses {
  readonly #extended = new Map<ShownProcess, Map<string, ShownProcess>>();

  get(process: ShownProcess, added: readonly KeyValuePlaces[]): ShownProcess {
    let ofProcess = this.#extended.get(process);
    if (ofProcess === undefined) {
      ofProcess = new Map();
      this.#extended.set(process, ofProcess);
    }
    const key = JSON.stringify(added.map((tag) => [tag.key(), tag.type, tag.valueText()]));
    let extended = ofProcess.get(key);
    if (extended === undefined) {
      const tags = [...process.tags, ...added.map((tag) => tag.copy())];
      sortTags(tags);
      extended = { serviceName: process.serviceName, tags };
      ofProcess.set(key, extended);
    }
    return extended;
  }
}

function tagsOf(process: EncodedProcess): KeyValuePlaces[] {
  const tags: KeyValuePlaces[] = [];
  const cursor = new KeyValueCursor();
  cursor.openProcess(process);
  while (cursor.next()) tags.push(cursor.copy());
  return tags;
}
