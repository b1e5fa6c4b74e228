import { readFileSync } from "node:fs";
import { descriptorFiles } from "@spoor/proto-descriptors";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { expect, test } from "vitest";
import { SERVICE } from "../wire/services.ts";
import { storageDescriptorFiles } from "./descriptors.ts";

const files = [...descriptorFiles(), ...storageDescriptorFiles()];

/** What a file defines, as reflection tells it. */
function compiled(): protobuf.Root {
  const writer = protobuf.Writer.create();
  for (const file of files) writer.uint32(10).bytes(file.bytes);
  const set = descriptor.FileDescriptorSet.decode(writer.finish());
  const root = (
    protobuf.Root as unknown as { fromDescriptor(set: unknown, options: { keepCase: boolean }): protobuf.Root }
  ).fromDescriptor(set, { keepCase: true });
  root.resolveAll();
  return root;
}

test("the descriptor says what its source says", () => {
  const source = readFileSync(new URL("proto/storage.proto", import.meta.url), "utf8");
  const { root } = protobuf.parse(source, { keepCase: true });
  const described = compiled();
  const written = root.lookup("jaeger.storage.v1") as protobuf.Namespace;
  const symbols: string[] = [];
  for (const item of written.nestedArray) {
    symbols.push(item.fullName.slice(1));
    if (item instanceof protobuf.Type) {
      const type = described.lookupType(item.fullName);
      const shape = (fields: readonly protobuf.Field[]) => fields.map(({ name, id, repeated }) => [name, id, repeated]);
      expect(shape(type.fieldsArray), item.name).toEqual(shape(item.fieldsArray));
    } else if (item instanceof protobuf.Service) {
      const service = described.lookupService(item.fullName);
      for (const method of item.methodsArray) {
        symbols.push(`${item.fullName.slice(1)}.${method.name}`);
        const found = service.methods[method.name];
        expect(found?.resolvedRequestType?.name).toBe(method.requestType);
        expect(found?.resolvedResponseType?.name).toBe(method.responseType);
        expect([found?.requestStream === true, found?.responseStream === true]).toEqual([
          method.requestStream === true,
          method.responseStream === true,
        ]);
      }
    }
  }
  const [file] = storageDescriptorFiles();
  expect([...(file?.symbols ?? [])].sort()).toEqual(symbols.sort());
  for (const name of Object.values(SERVICE)) expect(symbols).toContain(name);
});

test("every file that is imported is there", () => {
  const names = new Set(files.map(({ name }) => name));
  for (const file of files) for (const name of file.dependencies) expect(names).toContain(name);
});
