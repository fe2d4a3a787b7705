#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally {

// XXH3-128 of bytes that come in pieces. Not thread-safe.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  void Add(std::string_view bytes);
  std::string Hex() const;  // of all that was added: 32 digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Checksum of a file's bytes, which are read once, a megabyte at a time. Errors: kUnavailable.
Result<std::string> ChecksumOfFile(const std::string& path);

}  // namespace adtally
