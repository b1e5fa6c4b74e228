import { SPAN_FLAGS } from "@spoor/span-model";
import type { EncodedProcess, EncodedSpan } from "@spoor/span-wire";
import { SAMPLER_TYPES, type SamplerTypeReader } from "./sampler-type.ts";

const SAMPLERS = SAMPLER_TYPES.length;

/** Spans and traces (root spans) of one service, by debug flag and sampler. Plain numbers: metrics read them when asked. */
export class ServiceTally {
  /** Not debug, debug. */
  readonly spans: [number, number] = [0, 0];
  /** By debug flag, then sampler type. */
  readonly traces: number[] = new Array<number>(2 * SAMPLERS).fill(0);

  add(other: ServiceTally): void {
    this.spans[0] += other.spans[0];
    this.spans[1] += other.spans[1];
    for (let i = 0; i < this.traces.length; i++) {
      this.traces[i] = (this.traces[i] as number) + (other.traces[i] as number);
    }
  }
}

/** Counts of one batch by service name. */
export type BatchTally = readonly { readonly serviceName: string; readonly tally: ServiceTally }[];

/** Counts a batch; spans of one process usually follow each other, so a lookup happens only where the process changes. */
export function tallyBatch(spans: readonly EncodedSpan[], samplers: SamplerTypeReader): BatchTally {
  const entries: { readonly serviceName: string; readonly tally: ServiceTally }[] = [];
  let process: EncodedProcess | undefined;
  let tally = new ServiceTally();
  for (const span of spans) {
    if (span.process !== process) {
      process = span.process;
      const { serviceName } = process;
      const known = entries.length < 16 ? entries.find((entry) => entry.serviceName === serviceName) : undefined;
      if (known === undefined) {
        tally = new ServiceTally();
        entries.push({ serviceName, tally });
      } else tally = known.tally;
    }
    const debug = (span.flags & SPAN_FLAGS.debug) === 0 ? 0 : 1;
    tally.spans[debug] = (tally.spans[debug] as number) + 1;
    if (span.isRoot) {
      const index = debug * SAMPLERS + samplers.read(span);
      tally.traces[index] = (tally.traces[index] as number) + 1;
    }
  }
  return entries;
}
