import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { LeaseLock } from "@spoor/storage-api";
import type { Session } from "../session.ts";

const DEFAULT_TTL_SECONDS = 60;

/** A lock that its owner loses unless he takes it again in time, in v1's table `leases`. */
export class CassandraLeaseLock implements LeaseLock {
  readonly #session: Session;
  readonly #owner: string;

  /** Each process has a name of its own, unless one is given. */
  constructor(session: Session, owner: string = `${hostname()}-${randomBytes(8).toString("hex")}`) {
    this.#session = session;
    this.#owner = owner;
  }

  /** Takes or prolongs the lock; false when another process has it. Whole seconds; 0 stands for 60. */
  async acquire(name: string, ttlSeconds: number): Promise<boolean> {
    const ttl = Math.floor(ttlSeconds) || DEFAULT_TTL_SECONDS;
    const taken = await this.#session.execute({
      query: "INSERT INTO leases (name, owner) VALUES (?, ?) IF NOT EXISTS USING TTL ?",
      params: [name, this.#owner, ttl],
    });
    if (taken.wasApplied()) return true;
    if (taken.rows[0]?.get("owner") !== this.#owner) return false;
    const prolonged = await this.#session.execute({
      query: "UPDATE leases USING TTL ? SET owner = ? WHERE name = ? IF owner = ?",
      params: [ttl, this.#owner, name, this.#owner],
    });
    return prolonged.wasApplied();
  }

  /** Gives it back; false when this process does not have it. */
  async release(name: string): Promise<boolean> {
    const released = await this.#session.execute({
      query: "DELETE FROM leases WHERE name = ? IF owner = ?",
      params: [name, this.#owner],
    });
    return released.wasApplied();
  }
}
