#pragma once

#include <cstdint>
#include <filesystem>

namespace adtally {

// What this process may use of the machine.
struct MachineLimits {
  int cores = 1;
  // The least of the physical memory and the limits of the control groups that the process is in.
  uint64_t memory_bytes = 0;
};

// Never fails: a limit that cannot be read is taken for none. `root` is "/" but in tests, which put
// proc/ and sys/fs/cgroup/ under a folder of their own; cores beyond those of the affinity mask of
// the calling thread are not counted.
//
// Control groups (Linux, admin-guide/cgroup-v2 and cgroup-v1): the groups stand in
// /proc/self/cgroup; limits are memory.max and cpu.max (v2), memory.limit_in_bytes,
// cpu.cfs_quota_us and cpu.cfs_period_us (v1). A group's parents limit it too.
MachineLimits ReadMachineLimits(const std::filesystem::path& root = "/");

}  // namespace adtally
