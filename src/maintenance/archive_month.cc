#include "maintenance/archive_month.h"

#include <string>
#include <utility>
#include <vector>

#include "maintenance/archive_manifest.h"
#include "maintenance/archive_names.h"
#include "maintenance/archive_writer.h"
#include "tiers/archive_files.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

// The days of the hour tier are those that were written, and the files hold their sums.
std::string HoldsDays(const DueMonth& due, Generation generation) {
  std::string condition;
  for (const TierPartition& day : due.write) condition += IsUnchanged(Tier::kHour, day) + " AND ";
  return condition + ContentHash(RowsOfDays(due.write)) +
         " = (SELECT sum(content_hash) FROM adtally.archive_files FINAL WHERE month = " +
         std::to_string(due.month) + " AND generation = " + std::to_string(generation) + ")";
}

// What will be published: the slots of days say of which rows they are made by the generation that
// those had in the hour tier.
TierPartition WithDays(const DueMonth& due, Generation generation) {
  TierPartition status = due.archive;
  for (const TierPartition& day : due.write) {
    status.Set({.slot = static_cast<uint8_t>(day.partition % 100),
                .generation = generation,
                .mark = day.slots.front().generation,
                .final = true});
  }
  return status;
}

Result<void> Publish(const ArchivePass& pass, const DueMonth& due, Generation generation,
                     const std::vector<ArchiveFile>& files) {
  ADTALLY_TRY(AddArchiveFiles(pass.store, files));
  const TierPartition status = WithDays(due, generation);
  ADTALLY_ASSIGN(const std::vector<ArchiveFile> known,
                 ReadArchiveFiles(pass.store, due.month, due.month));
  ADTALLY_ASSIGN(
      const std::string manifest,
      MakeArchiveManifest(pass.store, pass.storage.place(), status, PublishedFiles(status, known)));
  ADTALLY_TRY(pass.storage.WriteText(ArchiveManifestName(due.month), manifest));
  ADTALLY_ASSIGN(const bool published,
                 PublishTierStatus(pass.store, Tier::kArchive, status, pass.clock.NowMs(),
                                   {HoldsDays(due, generation), {}}));
  if (published) return {};
  return Error{ErrorCode::kConflict,
               "the hours of " + MonthText(due.month) +
                   " changed while they were archived, or another process archives them: they stay "
                   "in the store until the next run"};
}

// Takes days that the archive has out of the hour tier.
Result<uint64_t> RemoveDays(const ArchivePass& pass, const std::vector<TierPartition>& days,
                            const TierPartition& archive) {
  uint64_t removed = 0;
  for (TierPartition day : days) {
    if (pass.stopped()) break;
    day.slots.clear();
    ADTALLY_ASSIGN(const bool done,
                   PublishTierStatus(pass.store, Tier::kHour, day, pass.clock.NowMs(),
                                     {IsUnchanged(Tier::kArchive, archive), {}}));
    if (done) ++removed;
  }
  return removed;
}

Result<TierPartition> ReadArchived(Store& store, uint32_t month) {
  ADTALLY_ASSIGN(const auto status, ReadTierStatus(store, Tier::kArchive, month, month));
  const auto found = status.find(month);
  return found == status.end() ? TierPartition{.partition = month} : found->second;
}

}  // namespace

Result<ArchivedMonth> ArchiveMonth(const ArchivePass& pass, const DueMonth& due,
                                   const ArchiveProgress& progress) {
  ArchivedMonth done;
  std::vector<TierPartition> remove = due.remove;
  if (!due.write.empty() && due.waits_for.empty()) {
    const Generation generation = NewGeneration();
    ADTALLY_ASSIGN(const std::vector<ArchiveFile> files,
                   WriteArchiveFiles(pass, due, generation, progress));
    if (pass.stopped()) return done;
    ADTALLY_TRY(Publish(pass, due, generation, files));
    done.published = true;
    done.files = files.size();
    for (const ArchiveFile& file : files) {
      done.rows += file.rows;
      done.bytes += file.bytes;
    }
    remove.insert(remove.end(), due.write.begin(), due.write.end());
  }
  ADTALLY_ASSIGN(const TierPartition archive, ReadArchived(pass.store, due.month));
  ADTALLY_ASSIGN(done.days_removed, RemoveDays(pass, remove, archive));
  return done;
}

}  // namespace adtally
