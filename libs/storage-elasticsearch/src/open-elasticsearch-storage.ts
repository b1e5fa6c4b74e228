import { type DependencyLink, type Storage, StorageError } from "@spoor/storage-api";
import { connectCluster } from "./cluster/connect.ts";
import { writeDay } from "./dependencies/dependency-documents.ts";
import { DependencyDocumentReader } from "./dependencies/dependency-reader.ts";
import { createCallCounter } from "./dependencies/stored-calls.ts";
import { TagFields } from "./document/tag-fields.ts";
import { IndexNames } from "./indices/index-names.ts";
import { prepareTemplates } from "./indices/prepare-templates.ts";
import { type ElasticsearchStorageOptions, withDefaults } from "./options.ts";
import { DocumentTraceReader } from "./read/document-trace-reader.ts";
import { Refresher } from "./read/refresher.ts";
import { DocumentLeaseLock } from "./sampling/lease-lock.ts";
import { DocumentSamplingStore } from "./sampling/sampling-store.ts";
import { DocumentWriter } from "./write/document-writer.ts";

export interface ElasticsearchStorage extends Storage {
  /** `elasticsearch` or `opensearch`, and the server's version. */
  readonly server: { readonly flavour: string; readonly version: string };
  /**
   * Writes the dependency links of the UTC day of `dayMs` in v1's layout, in place of those written before, here or as spans were stored. The
   * day should have been over for some hours: those that are still being counted are written again.
   */
  writeDependencies(dayMs: number, links: readonly DependencyLink[]): Promise<void>;
}

/**
 * Opens a cluster as a store: asks the servers who they are, creates v1's templates or checks that there are some. Rejects with a
 * StorageError that names the flag when the servers do not answer, refuse the credentials or are not prepared.
 */
export async function openElasticsearchStorage(given: ElasticsearchStorageOptions = {}): Promise<ElasticsearchStorage> {
  const options = withDefaults(given);
  if (options.useIlm && !options.useAliases) {
    throw new StorageError(
      "REJECTED",
      "--es.use-ilm must always be used in conjunction with --es.use-aliases to ensure ES writers and readers refer to the single index mapping",
    );
  }
  if (options.useDataStreams && options.useAliases) {
    throw new StorageError("REJECTED", "--es.use-data-streams and --es.use-aliases exclude each other");
  }
  const cluster = await connectCluster(options);
  try {
    const names = new IndexNames(options);
    await prepareTemplates(cluster, options, names);
    const fields = new TagFields(options.tagsAsFields);
    const refresher = new Refresher(cluster, options, names.prefix);
    const counter = createCallCounter(cluster, options, names, refresher);
    const writer = new DocumentWriter(cluster, options, names, fields, refresher, counter);
    const reader = new DocumentTraceReader(cluster, options, names, fields, refresher);
    const dependencies = new DependencyDocumentReader(cluster, options, names, refresher, counter);
    let closing: Promise<void> | undefined;
    return {
      kind: options.kind,
      server: { flavour: cluster.flavour, version: cluster.version },
      capabilities: { persistent: true, searchWithoutService: true, tenancy: false, archive: false },
      writer,
      reader,
      dependencies,
      ...(options.archive
        ? {}
        : {
            sampling: {
              store: new DocumentSamplingStore(cluster, options, names),
              lock: new DocumentLeaseLock(cluster, names),
            },
          }),
      async writeDependencies(dayMs, links) {
        refresher.changed(await writeDay(cluster, options, names, dayMs, links));
      },
      close() {
        closing ??= (async () => {
          reader.close();
          dependencies.close();
          await writer.close();
          await counter?.close().catch((error: unknown) => {
            options.logger?.warn({ error: String(error) }, "The last calls between services are not counted");
          });
          // Whoever opens the store next shall see everything; when it cannot be, the server does so soon by itself.
          await refresher.settle().catch(() => {});
          await cluster.close();
        })();
        return closing;
      },
    };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}
