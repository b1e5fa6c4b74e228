import { readdir, readFile, readlink } from "node:fs/promises";

/*
 * /proc/net/udp and udp6, one socket a line behind a heading:
 *   sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref pointer drops
 * An address is hex digits, a colon and the port in hex.
 */
const TABLES = ["/proc/net/udp6", "/proc/net/udp"] as const;
const INODE_COLUMN = 9;
const DROPS_COLUMN = 12;

/**
 * The inode of this process's own UDP socket on the port; other processes may have sockets there too. `undefined` where there is
 * no /proc.
 */
export async function findSocketInode(port: number, isIpv6: boolean): Promise<string | undefined> {
  try {
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const rows = await readTable(isIpv6 ? TABLES[0] : TABLES[1]);
    const there = rows.filter((row) => row[1]?.endsWith(suffix)).map((row) => row[INODE_COLUMN] ?? "");
    const own = await ownSocketInodes();
    return there.find((inode) => own.has(inode));
  } catch {
    return undefined;
  }
}

/** Datagrams dropped at the socket of this inode; `undefined` when the system does not tell. */
export async function readKernelDrops(inode: string): Promise<number | undefined> {
  for (const table of TABLES) {
    try {
      const row = (await readTable(table)).find((columns) => columns[INODE_COLUMN] === inode);
      if (row !== undefined) return Number(row[DROPS_COLUMN] ?? 0);
    } catch {
      // A system without IPv6 has no udp6 table.
    }
  }
  return undefined;
}

async function readTable(path: string): Promise<string[][]> {
  const text = await readFile(path, "latin1");
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

async function ownSocketInodes(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const descriptor of await readdir("/proc/self/fd")) {
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) found.add(inode);
  }
  return found;
}
