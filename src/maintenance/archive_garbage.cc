#include "maintenance/archive_garbage.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "maintenance/archive_names.h"
#include "tiers/archive_files.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

// Whether a published generation may have a file of this name.
bool IsNeeded(const std::map<uint32_t, TierPartition>& archive, const ArchiveName& name) {
  const auto month = archive.find(name.month);
  return !name.is_draft && month != archive.end() &&
         std::ranges::find(month->second.slots, name.generation, &TierSlot::generation) !=
             month->second.slots.end();
}

// Names that this store has given, and what manifests say.
class Owners {
 public:
  explicit Owners(const ArchivePass& pass) : pass_(pass) {}

  Result<void> Read() {
    ADTALLY_ASSIGN(const auto files, ReadArchiveFiles(pass_.store, 0, UINT32_MAX));
    for (const ArchiveFile& file : files) own_.insert(file.name);
    return {};
  }

  Result<bool> IsOthers(const std::string& file, uint32_t month) {
    if (own_.contains(file)) return false;
    if (!manifests_.contains(month)) {
      auto text = pass_.storage.ReadText(ArchiveManifestName(month));
      if (!text.ok() && text.error().code != ErrorCode::kNotFound) return std::move(text).error();
      manifests_[month] = text.ok() ? std::move(text).value() : "";
    }
    return manifests_[month].find('"' + file + '"') != std::string::npos;
  }

 private:
  const ArchivePass& pass_;
  std::set<std::string> own_;
  std::map<uint32_t, std::string> manifests_;
};

// A month's manifest goes before its last files, so that none is left when a kill comes between.
Result<void> RemoveManifest(const ArchivePass& pass,
                            const std::map<uint32_t, TierPartition>& archive, uint32_t month,
                            std::set<uint32_t>& done) {
  const auto status = archive.find(month);
  if (status != archive.end() && !status->second.slots.empty()) return {};
  if (!done.insert(month).second) return {};
  return pass.storage.Remove(ArchiveManifestName(month));
}

}  // namespace

bool ArchiveGarbage::IsDue(const ArchivePass& pass, const ArchiveStorage::File& file) {
  if (pass.options.alone) return true;
  const int64_t now_ms = pass.clock.NowMs();
  const int64_t since_ms = since_ms_.try_emplace(file.name, now_ms).first->second;
  return now_ms - since_ms >= kArchiveGraceMs && now_ms - file.changed_s * 1000 >= kArchiveMinAgeMs;
}

Result<uint64_t> ArchiveGarbage::Collect(const ArchivePass& pass) {
  // In this order: what is published after the listing cannot be in it as garbage.
  ADTALLY_ASSIGN(const std::vector<ArchiveStorage::File> files, pass.storage.List());
  ADTALLY_ASSIGN(const auto archive, ReadTierStatus(pass.store, Tier::kArchive));
  uint64_t removed = 0;
  Owners owners(pass);
  ADTALLY_TRY(owners.Read());
  std::set<std::string> unneeded;
  std::set<uint32_t> manifests;
  for (const ArchiveStorage::File& file : files) {
    const auto name = ParseArchiveName(file.name);
    if (!name || IsNeeded(archive, *name)) continue;
    ADTALLY_ASSIGN(const bool is_others, owners.IsOthers(file.name, name->month));
    if (is_others) continue;
    unneeded.insert(file.name);
    if (pass.stopped() || !IsDue(pass, file)) continue;
    ADTALLY_TRY(RemoveManifest(pass, archive, name->month, manifests));
    ADTALLY_TRY(pass.storage.Remove(file.name));
    ++removed;
  }
  std::erase_if(since_ms_, [&](const auto& seen) { return !unneeded.contains(seen.first); });
  return removed;
}

}  // namespace adtally
