import { type DaemonContext, DaemonError, inFlightBoundBytes, parseTagList } from "@spoor/daemon";
import { createIngest, type Ingest } from "@spoor/ingest";
import type { SpanWriter } from "@spoor/storage-api";

const MIB = 1024 * 1024;

/** The way of spans into a store, by the flags `collector.*` and `downsampling.*`. When the daemon stops, it waits for open writes. */
export function openIngest(context: DaemonContext, writer: SpanWriter): Ingest {
  const { settings, environment, logger, registry, lifecycle } = context;
  const ratio = settings.float("downsampling.ratio");
  if (!(ratio >= 0 && ratio <= 1)) {
    throw new DaemonError("INVALID_VALUE", `--downsampling.ratio ${ratio} is not between 0 and 1`);
  }
  const queueMib = settings.int("collector.queue-size-memory");
  const queueSpans = settings.int("collector.queue-size");
  // The bounds are the daemon's; each of its processes has a share.
  const processes = context.worker?.count ?? 1;
  const ingest = createIngest({
    writer,
    logger,
    registry,
    collectorTags: parseTagList(settings.string("collector.tags"), environment),
    downsamplingRatio: ratio,
    hashSalt: settings.string("downsampling.hashsalt"),
    maxInFlightBytes: Math.floor((queueMib > 0 ? queueMib * MIB : inFlightBoundBytes()) / processes),
    ...(settings.sourceOf("collector.queue-size") === "default"
      ? {}
      : { maxInFlightSpans: Math.ceil(queueSpans / processes) }),
  });
  lifecycle.add("ingest", (signal) => ingest.drained(signal));
  return ingest;
}
