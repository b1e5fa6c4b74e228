import dns from "node:dns";
import { isIP } from "node:net";

/** The name in a target that DNS resolves: `name:port`, `dns:name:port`, `dns:///name:port`; `undefined` for any other. */
export function hostNameOf(target: string): string | undefined {
  const name = /^(?:dns:(?:\/\/[^/]*\/)?)?([^:/[\]]+)(?::\d+)?$/.exec(target)?.[1];
  return name === undefined || isIP(name) !== 0 ? undefined : name;
}

/**
 * Looks a name up again and again, and says so when its addresses are others than before. A gRPC channel by itself does so only when it
 * lost a connection, so that collectors added behind a name would wait for that. A lookup that fails changes nothing.
 */
export function watchAddresses(name: string, intervalMs: number, onChange: () => void): { close(): void } {
  let known: string | undefined;
  let closed = false;
  const look = async () => {
    const found = await addressesOf(name);
    if (closed || found === undefined || found === known) return;
    const isFirst = known === undefined;
    known = found;
    if (!isFirst) onChange();
  };
  void look();
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return {
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}

async function addressesOf(name: string): Promise<string | undefined> {
  try {
    const found = await dns.promises.lookup(name, { all: true });
    return found
      .map(({ address }) => address)
      .sort()
      .join();
  } catch {
    return undefined;
  }
}
