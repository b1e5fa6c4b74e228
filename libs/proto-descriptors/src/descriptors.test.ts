import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { descriptorFiles } from "./descriptors.ts";

const require = createRequire(import.meta.url);
const descriptorProto = require.resolve("protobufjs/google/protobuf/descriptor.proto");
const FileDescriptorProto = protobuf.loadSync(descriptorProto).lookupType("google.protobuf.FileDescriptorProto");

interface FileJson {
  readonly name: string;
  readonly package: string;
  readonly dependency?: readonly string[];
  readonly messageType?: readonly { name: string; field?: readonly { name: string; number: number }[] }[];
  readonly service?: readonly {
    name: string;
    method: readonly { name: string; inputType: string; outputType: string }[];
  }[];
}

const sources = descriptorFiles().filter((file) => !file.name.startsWith("google/"));

test.each(sources.map((file) => [file.name, file] as const))(
  "the descriptor of %s says what its source says",
  (name, file) => {
    const source = readFileSync(new URL(`proto/${name}`, import.meta.url), "utf8");
    const parsed = protobuf.parse(source, { keepCase: true });
    const json = FileDescriptorProto.toObject(FileDescriptorProto.decode(file.bytes)) as FileJson;
    expect(json.name).toBe(name);
    expect(json.package).toBe(parsed.package);
    expect(json.dependency ?? []).toEqual(parsed.imports ?? []);
    expect(file.dependencies).toEqual(json.dependency ?? []);

    const scope = parsed.root.lookup(parsed.package ?? "") as protobuf.Namespace;
    const messages = scope.nestedArray.filter((entry) => entry instanceof protobuf.Type);
    expect(json.messageType?.map((message) => message.name) ?? []).toEqual(messages.map((message) => message.name));
    for (const message of json.messageType ?? []) {
      const type = scope.lookupType(message.name);
      expect((message.field ?? []).map((field) => [field.name, field.number])).toEqual(
        type.fieldsArray.map((field) => [field.name, field.id]),
      );
    }
    for (const service of json.service ?? []) {
      const found = scope.lookupService(service.name);
      expect(service.method.map((method) => [method.name, method.inputType, method.outputType])).toEqual(
        found.methodsArray.map((method) => [
          method.name,
          `.${parsed.package}.${method.requestType}`,
          `.${parsed.package}.${method.responseType}`,
        ]),
      );
      expect(file.symbols).toContain(`${parsed.package}.${service.name}`);
    }
  },
);
