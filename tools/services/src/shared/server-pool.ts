export interface RunningServer<Address = unknown> {
  readonly address: Address;
  close(): Promise<void>;
}

export type Launcher<Address = unknown> = () => Promise<RunningServer<Address>>;

export interface ServerPoolOptions {
  /** Servers running at once. */
  readonly maxRunning: number;
  /** Servers starting at once: each start takes a core. */
  readonly maxStarting: number;
}

export interface Lease {
  readonly address: unknown;
  release(): void;
}

interface Entry {
  readonly server: Promise<RunningServer>;
  leases: number;
}

/**
 * Servers by name, each started on the first request and kept until the end. Where there are too many, one that nobody uses makes room
 * for the next; while all are in use, a request waits.
 */
export class ServerPool {
  readonly #launchers: Readonly<Record<string, Launcher>>;
  readonly #options: ServerPoolOptions;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<void>>();
  #starting = 0;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(launchers: Readonly<Record<string, Launcher>>, options: ServerPoolOptions) {
    this.#launchers = launchers;
    this.#options = options;
  }

  /** The server of this name, which stays until the lease is released. */
  async lease(name: string): Promise<Lease> {
    const entry = await this.#leased(name);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      entry.leases--;
      this.#wake();
    };
    try {
      return { address: (await entry.server).address, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Ends every server, those that are still starting too. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    for (const [name, entry] of this.#entries) this.#end(name, entry);
    await Promise.all(this.#closing);
  }

  async #leased(name: string): Promise<Entry> {
    const launcher = this.#launchers[name];
    if (launcher === undefined) throw new Error(`there is no server ${name}`);
    for (;;) {
      if (this.#closed) throw new Error("the run is over");
      const known = this.#entries.get(name);
      if (known !== undefined) {
        this.#entries.delete(name);
        this.#entries.set(name, known);
        known.leases++;
        return known;
      }
      if (this.#starting < this.#options.maxStarting && this.#hasRoom()) return this.#start(name, launcher);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #start(name: string, launcher: Launcher): Entry {
    this.#starting++;
    const server = launcher();
    const entry: Entry = { server, leases: 1 };
    this.#entries.set(name, entry);
    server
      .catch(() => {
        // The next one who asks tries again.
        if (this.#entries.get(name) === entry) this.#entries.delete(name);
      })
      .finally(() => {
        this.#starting--;
        this.#wake();
      });
    return entry;
  }

  #hasRoom(): boolean {
    if (this.#entries.size + this.#closing.size < this.#options.maxRunning) return true;
    if (this.#closing.size > 0) return false;
    const idle = [...this.#entries].find(([, entry]) => entry.leases === 0);
    if (idle !== undefined) this.#end(...idle);
    return false;
  }

  #end(name: string, entry: Entry): void {
    this.#entries.delete(name);
    const closed = entry.server
      .then((server) => server.close())
      .catch(() => undefined)
      .finally(() => {
        this.#closing.delete(closed);
        this.#wake();
      });
    this.#closing.add(closed);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
