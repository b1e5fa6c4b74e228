import { readFileSync } from "node:fs";
import { descriptorFiles } from "@spoor/proto-descriptors";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { descriptorRoot } from "../testing/descriptor-root.ts";
import { queryDescriptorFiles } from "./descriptors.ts";

const files = queryDescriptorFiles();

/** What a type looks like on the wire, as text. */
function shapeOf(type: protobuf.ReflectionObject | null): unknown {
  if (type instanceof protobuf.Type)
    return Object.fromEntries(
      type.fieldsArray.map((field) => {
        const map = field instanceof protobuf.MapField ? `map<${field.keyType}>` : field.repeated ? "repeated" : "";
        return [field.name, `${map} ${field.resolvedType?.fullName ?? field.type} = ${field.id}`];
      }),
    );
  if (type instanceof protobuf.Enum) return type.values;
  if (type instanceof protobuf.Service)
    return Object.fromEntries(
      type.methodsArray.map((method) => [
        method.name,
        [method.resolvedRequestType?.fullName, method.resolvedResponseType?.fullName, method.responseStream === true],
      ]),
    );
  return undefined;
}

describe("descriptors for reflection", () => {
  const compiled = descriptorRoot();
  const written = new protobuf.Root();
  // Imports of well-known types are the library's own; model.proto is compiled in proto-descriptors.
  for (const file of files) {
    const text = readFileSync(new URL(`./proto/${file.name}`, import.meta.url), "utf8");
    protobuf.parse(text, written, { keepCase: true });
  }
  for (const name of ["google/protobuf/timestamp.proto", "google/protobuf/duration.proto"])
    written.addJSON(protobuf.common.get(name)?.nested ?? {});
  const model = compiled.lookup("jaeger.api_v2.Span");
  if (model instanceof protobuf.Type)
    written.define("jaeger.api_v2").addJSON({ Span: { fields: {} }, DependencyLink: { fields: {} } });
  written.resolveAll();

  it.each(files.flatMap((file) => file.symbols))("%s is as its .proto file says", (symbol) => {
    if (/\.QueryService\.\w+$/.test(symbol)) {
      const [, service = "", method = ""] = /^(.*)\.(\w+)$/.exec(symbol) ?? [];
      expect(compiled.lookupService(service).methods[method]).toBeDefined();
      return;
    }
    expect(shapeOf(compiled.lookup(symbol))).toEqual(shapeOf(written.lookup(symbol)));
    expect(shapeOf(compiled.lookup(symbol))).toBeDefined();
  });

  it("every file that is imported is there", () => {
    const names = new Set([...files, ...descriptorFiles()].map((file) => file.name));
    for (const file of files) for (const name of file.dependencies) expect(names).toContain(name);
  });
});
