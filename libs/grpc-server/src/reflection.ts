import type { DescriptorFile } from "@spoor/proto-descriptors";
import { decodeUtf8, WireReader, WireWriter } from "@spoor/span-wire";
import type { GrpcService } from "./method.ts";
import { GRPC_STATUS, GrpcError } from "./status.ts";
import { forEachBytesField } from "./wire.ts";

/*
 * ServerReflectionRequest { host = 1, file_by_filename = 3, file_containing_symbol = 4, file_containing_extension = 5,
 *   all_extension_numbers_of_type = 6, list_services = 7 }
 * ServerReflectionResponse { valid_host = 1, original_request = 2, file_descriptor_response = 4 { file_descriptor_proto = 1 },
 *   all_extension_numbers_response = 5 { base_type_name = 1 }, list_services_response = 6 { service = 1 { name = 1 } },
 *   error_response = 7 { error_code = 1, error_message = 2 } }
 * v1 and v1alpha are the same but for the package.
 */
export const REFLECTION_SERVICES: readonly string[] = [
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

/** Both versions of server reflection, for the named services and the files that describe them. */
export function reflectionServices(services: readonly string[], files: readonly DescriptorFile[]): GrpcService[] {
  const index = new DescriptorIndex(services, files);
  return REFLECTION_SERVICES.map((name) => ({
    name,
    methods: {
      ServerReflectionInfo: {
        kind: "streaming" as const,
        open(replies) {
          const sent = new Set<string>();
          return {
            message(request) {
              // A client that does not read its answers gets no more of them.
              if (!replies.send(index.answer(request, sent))) {
                replies.fail(new GrpcError(GRPC_STATUS.RESOURCE_EXHAUSTED, "replies are not read"));
              }
            },
            end: () => replies.end(),
            closed: () => {},
          };
        },
      },
    },
  }));
}

class DescriptorIndex {
  readonly #services: readonly string[];
  readonly #byName = new Map<string, DescriptorFile>();
  readonly #bySymbol = new Map<string, DescriptorFile>();

  constructor(services: readonly string[], files: readonly DescriptorFile[]) {
    this.#services = [...services].sort();
    for (const file of files) {
      this.#byName.set(file.name, file);
      for (const symbol of file.symbols) this.#bySymbol.set(symbol, file);
    }
  }

  answer(request: Buffer, sent: Set<string>): Uint8Array {
    const writer = new WireWriter(1024);
    let ask = 0;
    let text = "";
    let host = "";
    forEachBytesField(new WireReader(request), (field, start, end) => {
      if (field === 1) host = decodeUtf8(request, start, end);
      if (field < 3 || field > 7) return;
      ask = field;
      text = field === 5 ? "" : decodeUtf8(request, start, end);
    });
    writer.textField(1, host);
    writer.bytesField(2, request, 0, request.length);
    if (ask === 3) this.#writeFile(writer, this.#byName.get(text), sent);
    else if (ask === 4) this.#writeFile(writer, this.#bySymbol.get(text), sent);
    else if (ask === 6 && this.#bySymbol.has(text)) {
      const mark = writer.begin(5);
      writer.stringField(1, text);
      writer.end(mark);
    } else if (ask === 7) this.#writeServices(writer);
    else if (ask === 5 || ask === 6) writeError(writer, GRPC_STATUS.NOT_FOUND, "proto: not found");
    else throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "invalid MessageRequest: <nil>");
    return writer.finish();
  }

  #writeServices(writer: WireWriter): void {
    const mark = writer.begin(6);
    for (const name of this.#services) {
      const service = writer.begin(1);
      writer.stringField(1, name);
      writer.end(service);
    }
    writer.end(mark);
  }

  /** The file, with those it needs that this stream has not had. */
  #writeFile(writer: WireWriter, file: DescriptorFile | undefined, sent: Set<string>): void {
    if (file === undefined) {
      writeError(writer, GRPC_STATUS.NOT_FOUND, "proto: not found");
      return;
    }
    const mark = writer.begin(4);
    const queue = [file];
    for (const next of queue) {
      if (sent.has(next.name) && next !== file) continue;
      sent.add(next.name);
      writer.bytesField(1, next.bytes, 0, next.bytes.length);
      for (const name of next.dependencies) {
        const dependency = this.#byName.get(name);
        if (dependency !== undefined && !sent.has(name)) queue.push(dependency);
      }
    }
    writer.end(mark);
  }
}

function writeError(writer: WireWriter, code: number, message: string): void {
  const mark = writer.begin(7);
  writer.tag(1, 0);
  writer.varint32(code);
  writer.stringField(2, message);
  writer.end(mark);
}
