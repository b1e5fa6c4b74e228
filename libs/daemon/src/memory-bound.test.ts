import { describe, expect, test } from "vitest";
import { inFlightBoundBytes, memoryLimitBytes } from "./memory-bound.ts";

const MIB = 1024 * 1024;
const MACHINE = 64 * 1024 * MIB;

function limitWith(files: Readonly<Record<string, string>>): number {
  return memoryLimitBytes((path) => {
    const text = files[path];
    if (text === undefined) throw new Error("ENOENT");
    return text;
  }, MACHINE);
}

describe("the memory limit", () => {
  test("is the machine's without a control group, or with one that has none", () => {
    expect(limitWith({})).toBe(MACHINE);
    expect(limitWith({ "/sys/fs/cgroup/memory.max": "max\n" })).toBe(MACHINE);
    expect(limitWith({ "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" })).toBe(MACHINE);
  });

  test("is a container's, by control groups v2 or v1", () => {
    expect(limitWith({ "/sys/fs/cgroup/memory.max": `${512 * MIB}\n` })).toBe(512 * MIB);
    expect(limitWith({ "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${256 * MIB}\n` })).toBe(256 * MIB);
  });

  test("is that of the unit on a host, or of a group above it when that is less", () => {
    const v2 = { "/proc/self/cgroup": "0::/system.slice/spoor.service\n" };
    expect(limitWith({ ...v2, "/sys/fs/cgroup/system.slice/spoor.service/memory.max": `${300 * MIB}` })).toBe(
      300 * MIB,
    );
    expect(
      limitWith({
        ...v2,
        "/sys/fs/cgroup/system.slice/spoor.service/memory.max": "max",
        "/sys/fs/cgroup/system.slice/memory.max": `${200 * MIB}`,
      }),
    ).toBe(200 * MIB);
    expect(
      limitWith({
        "/proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n",
        "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": `${100 * MIB}`,
      }),
    ).toBe(100 * MIB);
  });

  test("bounds the bytes in flight to an eighth, within 16 and 256 MiB", () => {
    expect(inFlightBoundBytes(64 * MIB)).toBe(16 * MIB);
    expect(inFlightBoundBytes(512 * MIB)).toBe(64 * MIB);
    expect(inFlightBoundBytes(MACHINE)).toBe(256 * MIB);
  });
});
