#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace adtally {

// The catalog's landing pages, for links that do not carry their own. Thread-safe; does not block.
class LandingPages {
 public:
  virtual ~LandingPages() = default;
  // The absolute http or https URL of a creative; nullopt when the catalog has none.
  virtual std::optional<std::string> Find(uint32_t creative_id) const = 0;
};

}  // namespace adtally
