import { descriptorFiles } from "@spoor/proto-descriptors";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { queryDescriptorFiles } from "../grpc/descriptors.ts";

/** Every type that reflection describes, ready to encode and decode. */
export function descriptorRoot(): protobuf.Root {
  const writer = protobuf.Writer.create();
  for (const file of [...descriptorFiles(), ...queryDescriptorFiles()]) writer.uint32(10).bytes(file.bytes);
  const set = descriptor.FileDescriptorSet.decode(writer.finish());
  const root = (
    protobuf.Root as unknown as { fromDescriptor(set: unknown, options: { keepCase: boolean }): protobuf.Root }
  ).fromDescriptor(set, { keepCase: true });
  root.resolveAll();
  return root;
}
