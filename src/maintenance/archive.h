#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "maintenance/archive_garbage.h"
#include "maintenance/archive_pass.h"
#include "store/store.h"
#include "tiers/archive_place.h"

namespace adtally {

// What a pass of the archive did.
struct ArchiveSummary {
  uint64_t months = 0;  // written and published
  uint64_t files = 0;   // of those
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t days_removed = 0;          // taken out of the hour tier
  uint64_t months_retired = 0;        // too old: given up
  uint64_t files_removed = 0;         // that nothing needs any more
  std::vector<std::string> waiting;   // months that are old enough and cannot be written yet
  std::vector<std::string> problems;  // what failed, in sentences

  bool did_something() const;
  std::string text() const;  // for people, a line each; says when nothing is due
  std::string json() const;
};

// Keeps the archive: moves months of hours that are past the hot range from the store into Parquet
// files, and gives up those that are too old. Thread-safe: a second caller of RunPass waits for the
// first. Two processes at a time waste work and do no harm.
class Archive {
 public:
  // place.kind is not kNone. Everything outlives it.
  Archive(const ArchiveOptions& options, const ArchivePlace& place, Store& store,
          const Clock& clock, Logger& logger);

  // All that is due. What fails is in the summary's problems and in the log, and does not stop the
  // other months. `stop` ends it between two statements.
  ArchiveSummary RunPass(const std::stop_token& stop,
                         const std::function<void(const ArchiveProgress&)>& progress = {});

 private:
  void WriteMonths(const ArchivePass& pass, ArchiveSummary& summary);
  void Clean(const ArchivePass& pass, ArchiveSummary& summary);
  void Note(ArchiveSummary& summary, const Error& error);

  const ArchiveOptions options_;
  const ArchivePlace place_;
  Store& store_;
  const Clock& clock_;
  Logger& logger_;

  std::mutex mutex_;  // held during a pass
  ArchiveGarbage garbage_;
};

}  // namespace adtally
