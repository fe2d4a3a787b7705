#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "reporting/scope.h"
#include "reporting/time_zones.h"
#include "store/store.h"

namespace adtally {

// The names and landing pages of everything that is counted: the store's tables and a copy in
// memory that answers without the store. Thread-safe. The store, clock and zones must outlive it.
class Catalog {
 public:
  // Reads the store's catalog; its tables must exist.
  static Result<std::unique_ptr<Catalog>> Create(Store& store, const Clock& clock,
                                                 const TimeZones& zones);
  ~Catalog();

  // Adds or replaces the entities of a body of POST /v1/catalog and returns the JSON answer with
  // how many there were. Durable, and visible to every reader, when it returns. Parents must exist,
  // here or in the same body (kInvalidArgument), and nothing moves to another parent (kConflict).
  // When the store fails midway, parents may be written and children not; the same call again
  // completes it. Blocks on the store.
  Result<std::string> Upsert(std::string_view json);

  // Takes over what other processes changed in the store. Blocks on the store.
  Result<void> Refresh();

  // The JSON answer of GET /v1/catalog, by id: all, or what belongs to the scope's advertiser.
  std::string Render(Scope scope) const;

  // The creative's landing page; nullopt for an unknown creative. Does not block on the store.
  std::optional<std::string> LandingUrl(uint32_t creative_id) const;

 private:
  struct Impl;
  explicit Catalog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
