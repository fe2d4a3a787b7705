#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace adtally {

// The folder of an embedded ClickHouse, held for this process alone until it is destroyed.
// Not thread-safe.
class ChdbFolder {
 public:
  // Creates the folder when it is missing. kConflict when another process (or store of this
  // process) has it.
  static Result<std::unique_ptr<ChdbFolder>> Lock(const std::string& path);
  ~ChdbFolder();
  ChdbFolder(const ChdbFolder&) = delete;
  ChdbFolder& operator=(const ChdbFolder&) = delete;

  // Absolute.
  const std::string& path() const { return path_; }

  // Makes every table forget its deduplication tokens. Only before the engine starts. In a plain
  // MergeTree a token is on disk before its part: after a kill between the two, the block would be
  // taken for inserted and lost.
  Result<void> ForgetDeduplicationTokens();

  // Writes the engine's server settings and returns the file's path. Naming a file of our own also
  // keeps the engine from reading a stray config.xml of the working or home folder.
  Result<std::string> WriteEngineConfig(size_t max_memory_bytes);

 private:
  ChdbFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;  // an open file that is flocked
};

}  // namespace adtally
