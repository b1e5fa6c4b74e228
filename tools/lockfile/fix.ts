import { readFileSync, writeFileSync } from "node:fs";

/**
 * Completes package-lock.json after a dependency change.
 *
 * A registry mirror may lack some platform packages; npm then
 * leaves them out of the lock and `npm ci` refuses it ("Missing: X@V from lock file"). Each gets an entry
 * without integrity: it is optional, and only its own platform would install it.
 *
 * What packages say of engines is left out. npm compares it with the Node that runs npm and warns, while the Node that runs the
 * packages is one of them.
 */
interface LockEntry {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  engines?: unknown;
}

const FILE = "package-lock.json";
const lock = JSON.parse(readFileSync(FILE, "utf8")) as { packages: Record<string, LockEntry> };

function platformOf(name: string): { os?: string[]; cpu?: string[] } {
  const os = /darwin|win32|linux|android|freebsd|openbsd|netbsd|sunos|aix|openharmony/.exec(name)?.[0];
  const cpu = /arm64|x64|ia32|arm|riscv64|ppc64|s390x|loong64|mips64el|wasm32/.exec(name)?.[0];
  return { ...(os ? { os: [os] } : {}), ...(cpu ? { cpu: [cpu] } : {}) };
}

let added = 0;
for (const [, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const version = range.replace(/^[\^~]/, "");
    const key = `node_modules/${name}`;
    if (lock.packages[key] !== undefined || !/^\d/.test(version)) continue;
    lock.packages[key] = { version, ...platformOf(name), optional: true } as LockEntry;
    added++;
  }
}
for (const [path, entry] of Object.entries(lock.packages)) if (path.includes("node_modules/")) delete entry.engines;
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${FILE}: ${added} platform entries added\n`);
