import { EncodedProcess, WireWriter, writeStringKeyValue } from "@spoor/span-wire";
import { PROCESS } from "./fields.ts";

const SERVICE_NAME = "service.name";
/** Names v1 puts in the place of a service name that is not there or empty (`internal/jptrace/sanitizer`). */
const MISSING = "missing-service-name";
const EMPTY = "empty-service-name";

export type ProcessAttributes = ReadonlyMap<string, string>;

/** Jaeger's process of what describes it: `service.name` is the service, all others are tags. */
export function encodeProcess(attributes: ProcessAttributes): EncodedProcess {
  const serviceName = attributes.get(SERVICE_NAME);
  const name = serviceName === undefined ? MISSING : serviceName === "" ? EMPTY : serviceName.toWellFormed();
  const out = new WireWriter(name.length + 64);
  out.stringField(PROCESS.serviceName, name);
  for (const [key, value] of attributes) {
    if (key !== SERVICE_NAME) writeStringKeyValue(out, PROCESS.tags, key, value);
  }
  return new EncodedProcess(out.finish(), name);
}
