#include "app/directory.h"

#include <fmt/format.h>

#include "app/roles.h"

namespace adtally {
namespace {

constexpr std::chrono::milliseconds kRefreshEvery(1000);

class CatalogLandingPages final : public LandingPages {
 public:
  explicit CatalogLandingPages(const Catalog& catalog) : catalog_(catalog) {}
  std::optional<std::string> Find(uint32_t creative_id) const override {
    return catalog_.LandingUrl(creative_id);
  }

 private:
  const Catalog& catalog_;
};

}  // namespace

Result<std::unique_ptr<Directory>> Directory::Load(const Config& config,
                                                   const std::string& admin_key, Store& store,
                                                   const Clock& clock, Logger& logger) {
  std::unique_ptr<Directory> directory(new Directory);
  ADTALLY_ASSIGN(directory->time_zones_, TimeZones::Load(store));
  ADTALLY_ASSIGN(directory->catalog_, Catalog::Create(store, clock, *directory->time_zones_));
  ADTALLY_ASSIGN(directory->api_keys_, ApiKeys::Create(store, clock, admin_key));
  directory->landing_pages_ = std::make_unique<CatalogLandingPages>(*directory->catalog_);
  if (IsShared(config)) {
    directory->refresh_.emplace(kRefreshEvery,
                                [raw = directory.get(), &logger] { raw->Refresh(logger); });
  }
  return directory;
}

// What was read last stays good while the store does not answer.
void Directory::Refresh(Logger& logger) {
  auto refreshed = api_keys_->Refresh();
  if (refreshed.ok()) refreshed = catalog_->Refresh();
  if (refreshed.ok() == !unreadable_) return;
  unreadable_ = !refreshed.ok();
  if (unreadable_) {
    logger.Warning(
        fmt::format("API keys and catalog stay as they are: {}", refreshed.error().message));
  } else {
    logger.Info("API keys and catalog are read again");
  }
}

}  // namespace adtally
