import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** An open socket of the addon. */
export type NativeHandle = { readonly native: unique symbol };

/** `native/recvmmsg.c`. */
export interface NativeAddon {
  /**
   * Binds a socket and reads from it until it is closed. Datagrams go to the slots of `slab` from the one that `meta[0]` names, which is the
   * caller's to set; what is known of slot i to the six words of `meta` from `1 + i * 6`: the datagram's length, which may be more than a slot
   * holds, its sender's port and IPv6 address. `callback` is told how many came with one wake-up, or a negative errno. Throws with the
   * system's code.
   */
  open(
    isIpv6: boolean,
    host: string,
    port: number,
    reuseAddress: boolean,
    receiveBufferBytes: number,
    slab: Uint8Array,
    meta: Uint32Array,
    slotBytes: number,
    callback: (count: number) => void,
  ): NativeHandle;
  port(socket: NativeHandle): number;
  /** -1 when the system does not tell. */
  drops(socket: NativeHandle): number;
  close(socket: NativeHandle): void;
}

/** Beside the bundle, and where the tests build it. */
const PLACES = ["./recvmmsg.node", "../build/recvmmsg.node"];

let loaded: { readonly addon?: NativeAddon; readonly reason?: string } | undefined;
let told = false;

/** The addon, if it was built for this machine. `onMissing` is told why not, once in a process. */
export function loadNative(onMissing: (reason: string) => void = () => undefined): NativeAddon | undefined {
  loaded ??= load();
  if (loaded.reason !== undefined && !told) {
    told = true;
    onMissing(loaded.reason);
  }
  return loaded.addon;
}

function load(): { readonly addon?: NativeAddon; readonly reason?: string } {
  if (process.platform !== "linux") return { reason: "recvmmsg is Linux's" };
  const path = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((each) => existsSync(each));
  if (path === undefined) return { reason: "the addon was not built" };
  try {
    return { addon: createRequire(import.meta.url)(path) as NativeAddon };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
