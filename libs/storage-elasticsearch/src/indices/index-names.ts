import type { IndexFrequency, Options } from "../options.ts";

export type IndexKind = "span" | "service" | "dependencies" | "sampling";

const SECONDS = { day: 86_400, hour: 3600 } as const;
/** Beyond so many single days an answer takes whole months, and beyond so many months everything. */
const MOST_DAYS = 32;
const MOST_MONTHS = 36;
const MOST_CACHED = 4096;

/** Names of indices and aliases (jaegertracing/jaeger `internal/storage/elasticsearch/config`). All dates are UTC. */
export class IndexNames {
  readonly prefix: string;
  readonly #separator: string;
  readonly #useAliases: boolean;
  readonly #archive: boolean;
  readonly #useDataStreams: boolean;
  readonly #remoteClusters: readonly string[];
  readonly #frequency: Readonly<Record<IndexKind, IndexFrequency>>;
  readonly #maxAgeSeconds: number;
  readonly #maxAheadSeconds: number;
  readonly #written: Readonly<Record<IndexKind, Map<number, string>>> = {
    span: new Map(),
    service: new Map(),
    dependencies: new Map(),
    sampling: new Map(),
  };
  /** Most documents go where the one before went. */
  readonly #last: Readonly<Record<IndexKind, { period: number; name: string }>> = {
    span: { period: -1, name: "" },
    service: { period: -1, name: "" },
    dependencies: { period: -1, name: "" },
    sampling: { period: -1, name: "" },
  };

  constructor(options: Options) {
    this.prefix = indexPrefix(options.indexPrefix);
    this.#separator = options.dateSeparator;
    this.#useAliases = options.useAliases;
    this.#archive = options.archive;
    this.#useDataStreams = options.useDataStreams;
    this.#remoteClusters = options.remoteClusters;
    this.#maxAgeSeconds = (options.maxStartAgeMs || Number.POSITIVE_INFINITY) / 1000;
    this.#maxAheadSeconds = (options.maxStartAheadMs || Number.POSITIVE_INFINITY) / 1000;
    this.#frequency = {
      span: options.spanFrequency,
      service: options.serviceFrequency,
      dependencies: "day",
      sampling: options.samplingFrequency,
    };
  }

  /** Whether a span of this time, seconds since the epoch, goes to the index of now: its own might be one of very many. */
  isFarOff(seconds: number, nowSeconds: number): boolean {
    if (this.isTimeless) return false;
    return seconds < nowSeconds - this.#maxAgeSeconds || seconds > nowSeconds + this.#maxAheadSeconds;
  }

  /** The index, or with aliases the alias, for a document of this time, seconds since the epoch. */
  write(kind: IndexKind, seconds: number): string {
    const fixed = this.#fixed(kind, "write");
    if (fixed !== undefined) return fixed;
    const period = Math.floor(Math.max(0, seconds) / SECONDS[this.#frequency[kind]]);
    const last = this.#last[kind];
    if (last.period === period) return last.name;
    const names = this.#written[kind];
    let name = names.get(period);
    if (name === undefined) {
      name = this.#base(kind) + this.#dateText(period * SECONDS[this.#frequency[kind]], this.#frequency[kind]);
      if (names.size >= MOST_CACHED) names.clear();
      names.set(period, name);
    }
    last.period = period;
    last.name = name;
    return name;
  }

  /**
   * Indices, or patterns of them, that hold documents between two times, seconds since the epoch, both inclusive. Spans that are far off may
   * be in any.
   */
  read(kind: IndexKind, fromSeconds: number, toSeconds: number): string[] {
    const now = Date.now() / 1000;
    if (
      kind === "span" &&
      fromSeconds <= toSeconds &&
      (this.isFarOff(fromSeconds, now) || this.isFarOff(toSeconds, now))
    )
      return this.readAll(kind);
    const fixed = this.#fixed(kind, "read");
    return this.#everywhere(fixed === undefined ? this.#dated(kind, fromSeconds, toSeconds) : [fixed]);
  }

  /** Patterns of all indices of this kind; not the archive, whose name begins alike. */
  readAll(kind: IndexKind): string[] {
    const fixed = this.#fixed(kind, "read");
    if (fixed !== undefined) return this.#everywhere([fixed]);
    return this.#everywhere(Array.from("0123456789", (digit) => `${this.#base(kind)}${digit}*`));
  }

  /** True when {@link read} gives the same whatever the time. */
  get isTimeless(): boolean {
    return this.#useAliases || this.#archive || this.#useDataStreams;
  }

  #base(kind: IndexKind): string {
    return `${this.prefix}jaeger-${kind}-`;
  }

  #fixed(kind: IndexKind, use: "read" | "write"): string | undefined {
    if (this.#useDataStreams && (kind === "span" || kind === "service")) return `${this.#base(kind)}stream`;
    const archive = this.#archive ? "archive" : "";
    if (this.#useAliases) return this.#base(kind) + (archive === "" ? use : `${archive}-${use}`);
    return archive === "" ? undefined : this.#base(kind) + archive;
  }

  #everywhere(names: string[]): string[] {
    return [...names, ...this.#remoteClusters.flatMap((cluster) => names.map((name) => `${cluster}:${name}`))];
  }

  #dated(kind: IndexKind, fromSeconds: number, toSeconds: number): string[] {
    const first = Math.floor(Math.max(0, fromSeconds) / SECONDS.day);
    const last = Math.floor(Math.max(0, toSeconds) / SECONDS.day);
    const tail = this.#frequency[kind] === "hour" ? "*" : "";
    const base = this.#base(kind);
    if (last - first <= MOST_DAYS) {
      const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * SECONDS.day);
      return days.map((seconds) => `${base}${this.#dateText(seconds, "day")}${tail}`);
    }
    const from = new Date(first * SECONDS.day * 1000);
    const to = new Date(last * SECONDS.day * 1000);
    const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
    if (!(months < MOST_MONTHS)) return Array.from("0123456789", (digit) => `${base}${digit}*`);
    return Array.from({ length: months + 1 }, (_, i) => {
      const month = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + i, 1));
      return `${base}${yearText(month)}${this.#separator}${twoDigits(month.getUTCMonth() + 1)}*`;
    });
  }

  #dateText(seconds: number, frequency: IndexFrequency): string {
    const date = new Date(seconds * 1000);
    const parts = [yearText(date), twoDigits(date.getUTCMonth() + 1), twoDigits(date.getUTCDate())];
    if (frequency === "hour") parts.push(twoDigits(date.getUTCHours()));
    return parts.join(this.#separator);
  }
}

/** The prefix with the dash that v1 puts behind it, unless it is there. */
export function indexPrefix(prefix: string): string {
  return prefix === "" || prefix.endsWith("-") ? prefix : `${prefix}-`;
}

function yearText(date: Date): string {
  return String(date.getUTCFullYear()).padStart(4, "0");
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
