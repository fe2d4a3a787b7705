#include "app/machine.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace adtally {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

// A hierarchy of control groups that the process is in.
struct ControlGroup {
  std::string controllers;  // comma-separated; "" for v2, which has all
  fs::path path;            // of the group within the hierarchy
};

std::vector<ControlGroup> ReadControlGroups(const fs::path& root) {
  std::vector<ControlGroup> groups;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // number:controllers:/path
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    groups.push_back({line.substr(first + 1, second - first - 1),
                      fs::path(line.substr(second + 1)).relative_path()});
  }
  return groups;
}

bool Has(const ControlGroup& group, const std::string& controller) {
  return ("," + group.controllers + ",").find("," + controller + ",") != std::string::npos;
}

// Calls `visit` for the folders of the group and its parents. In a container the path may be one of
// the host's, of which only the last folder is mounted, as the hierarchy's top: then only that one
// exists.
void ForGroupAndParents(const fs::path& top, const fs::path& path,
                        const std::function<void(const fs::path&)>& visit) {
  for (fs::path at = path;; at = at.parent_path()) {
    visit(top / at);
    if (at.empty()) return;
  }
}

// The first number of a file; nullopt when there is none, as in "max".
std::optional<double> ReadNumber(const fs::path& file) {
  std::ifstream in(file);
  double number = 0;
  if (in >> number) return number;
  return std::nullopt;
}

uint64_t ReadMemoryLimit(const fs::path& file) {
  const auto bytes = ReadNumber(file);
  return bytes && *bytes >= 0 && *bytes < 1e18 ? static_cast<uint64_t>(*bytes) : kNone;
}

// Whole cores of "quota period", in microseconds: at least one.
int CoresOf(double quota, double period) {
  constexpr int kUnlimited = std::numeric_limits<int>::max();
  if (quota <= 0 || period <= 0 || quota / period >= kUnlimited) return kUnlimited;
  return std::max(1, static_cast<int>(std::ceil(quota / period)));
}

int ReadCoreLimitV2(const fs::path& folder) {
  std::ifstream in(folder / "cpu.max");
  double quota = 0;
  double period = 0;
  return in >> quota >> period ? CoresOf(quota, period) : CoresOf(0, 0);
}

int ReadCoreLimitV1(const fs::path& folder) {
  return CoresOf(ReadNumber(folder / "cpu.cfs_quota_us").value_or(0),
                 ReadNumber(folder / "cpu.cfs_period_us").value_or(0));
}

int CoresOfAffinity() {
  // Larger than the kernel's own mask on any machine.
  constexpr int kMaxCores = 8192;
  cpu_set_t* set = CPU_ALLOC(kMaxCores);
  if (set == nullptr) return static_cast<int>(std::thread::hardware_concurrency());
  const size_t size = CPU_ALLOC_SIZE(kMaxCores);
  CPU_ZERO_S(size, set);
  const bool known = sched_getaffinity(0, size, set) == 0;
  const int cores =
      known ? CPU_COUNT_S(size, set) : static_cast<int>(std::thread::hardware_concurrency());
  CPU_FREE(set);
  return cores;
}

uint64_t PhysicalMemory(const fs::path& root) {
  std::ifstream file(root / "proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    uint64_t kib = 0;
    if (words >> name >> kib && name == "MemTotal:") return kib * 1024;
  }
  return kNone;
}

}  // namespace

MachineLimits ReadMachineLimits(const fs::path& root) {
  MachineLimits limits{std::max(1, CoresOfAffinity()), PhysicalMemory(root)};
  const auto limit_memory = [&](const fs::path& file) {
    limits.memory_bytes = std::min(limits.memory_bytes, ReadMemoryLimit(file));
  };
  const fs::path mounts = root / "sys/fs/cgroup";
  for (const ControlGroup& group : ReadControlGroups(root)) {
    if (group.controllers.empty()) {
      ForGroupAndParents(mounts, group.path, [&](const fs::path& folder) {
        limit_memory(folder / "memory.max");
        limits.cores = std::min(limits.cores, ReadCoreLimitV2(folder));
      });
    }
    if (Has(group, "memory")) {
      ForGroupAndParents(mounts / "memory", group.path, [&](const fs::path& folder) {
        limit_memory(folder / "memory.limit_in_bytes");
      });
    }
    if (Has(group, "cpu")) {
      ForGroupAndParents(mounts / "cpu", group.path, [&](const fs::path& folder) {
        limits.cores = std::min(limits.cores, ReadCoreLimitV1(folder));
      });
    }
  }
  return limits;
}

}  // namespace adtally
