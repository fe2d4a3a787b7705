#include "app/machine.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <fstream>

#include "testing/temporary_folder.h"

namespace adtally {
namespace {

namespace fs = std::filesystem;

// A machine of 8 GiB, in files.
class MachineTest : public ::testing::Test {
 protected:
  MachineTest() { Write("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:  1 kB\n"); }

  void Write(const fs::path& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  uint64_t Mebibytes() { return ReadMachineLimits(root_).memory_bytes >> 20; }
  int Cores() { return ReadMachineLimits(root_).cores; }

  TemporaryFolder folder_;
  const fs::path root_{folder_.path()};
};

TEST_F(MachineTest, WithoutControlGroupsItIsThePhysicalMemory) {
  EXPECT_EQ(Mebibytes(), 8192u);
}

TEST_F(MachineTest, ControlGroupsOfVersion2) {
  Write("proc/self/cgroup", "0::/system.slice/adtally.service\n");
  Write("sys/fs/cgroup/system.slice/adtally.service/memory.max", "max\n");
  EXPECT_EQ(Mebibytes(), 8192u);
  Write("sys/fs/cgroup/system.slice/memory.max", "3221225472\n");
  EXPECT_EQ(Mebibytes(), 3072u);
  Write("sys/fs/cgroup/system.slice/adtally.service/memory.max", "1073741824\n");
  EXPECT_EQ(Mebibytes(), 1024u);
}

TEST_F(MachineTest, ControlGroupsOfVersion1) {
  Write("proc/self/cgroup", "4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n");
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Mebibytes(), 8192u);
  // In a container the group's own folder is mounted as the top.
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  EXPECT_EQ(Mebibytes(), 2048u);
}

TEST_F(MachineTest, AShareOfTheCores) {
  const int all = Cores();
  cpu_set_t mask;
  ASSERT_EQ(sched_getaffinity(0, sizeof mask, &mask), 0);
  EXPECT_EQ(all, CPU_COUNT(&mask));
  Write("proc/self/cgroup", "1:cpu,cpuacct:/group\n0::/\n");
  Write("sys/fs/cgroup/cpu/group/cpu.cfs_period_us", "100000\n");
  Write("sys/fs/cgroup/cpu/group/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(Cores(), all);
  Write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(Cores(), all);
  Write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(Cores(), 1);
  fs::remove(root_ / "sys/fs/cgroup/cpu.max");
  Write("sys/fs/cgroup/cpu/group/cpu.cfs_quota_us", "100000\n");
  EXPECT_EQ(Cores(), 1);
}

}  // namespace
}  // namespace adtally
