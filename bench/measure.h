#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"

// What a benchmark program needs of the machine it runs on.
namespace adtally::bench {

int64_t WallNanos();                // monotonic, from an arbitrary origin
int64_t ThreadCpuNanos();           // user and system time of the calling thread
double ProcessCpuSeconds();         // user and system time of all threads of the process
double ProcessCpuSeconds(int pid);  // the same of another process; 0 when it is gone
size_t ResidentBytes();             // of the process, now
size_t PeakResidentBytes();         // ... at most since the start or the last ResetPeakResident
void ResetPeakResident();           // where the kernel allows it
void RunOnCores(size_t cores);      // keeps the process, and every thread made later, on that many

double Median(std::vector<double> values);  // 0 when there is none

// One JSON object on one line of standard output for scripts; the same for people on standard
// error, as `title: name value, name value`.
class ResultLine {
 public:
  explicit ResultLine(std::string_view benchmark);
  void Text(std::string_view name, std::string_view value);
  void Count(std::string_view name, uint64_t value);
  void Number(std::string_view name, double value);
  void Print();

 private:
  void ForPeople(std::string_view name, std::string_view value);
  JsonWriter json_;
  std::string text_;
};

}  // namespace adtally::bench
