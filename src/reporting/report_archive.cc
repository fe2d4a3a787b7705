#include "reporting/report_archive.h"

#include <algorithm>
#include <vector>

#include "reporting/report_problems.h"
#include "tiers/archive_files.h"

namespace adtally {
namespace {

bool MayHold(const ArchiveFile& file, const std::vector<uint32_t>& advertisers) {
  return std::any_of(advertisers.begin(), advertisers.end(), [&](uint32_t id) {
    return id >= file.first_advertiser_id && id <= file.last_advertiser_id;
  });
}

bool IsArchive(const ReportSegment& segment) {
  return segment.tier == Tier::kArchive;
}

// When the part that is in the archive ends.
int64_t EndOfArchive(const ReportPlan& plan) {
  int64_t end_s = 0;
  for (const ReportSegment& segment : plan.segments) {
    if (IsArchive(segment)) end_s = std::max(end_s, segment.spans.back().to_s);
  }
  return end_s;
}

}  // namespace

Result<Statement> ArchiveSource(Store& store, ArchiveReader* archive, const ReportRequest& request,
                                Scope scope, ReportPlan& plan) {
  if (std::none_of(plan.segments.begin(), plan.segments.end(), IsArchive)) return Statement{};
  if (archive == nullptr || archive->place().kind == ArchivePlace::Kind::kNone) {
    return NoArchive(EndOfArchive(plan));
  }
  ADTALLY_ASSIGN(
      std::vector<ArchiveFile> files,
      ReadArchiveFiles(store, plan.archived.begin()->first, plan.archived.rbegin()->first));
  const auto named = NamedAdvertisers(request, scope);
  std::erase_if(files, [&](const ArchiveFile& file) {
    const auto month = plan.archived.find(file.month);
    const bool published = month != plan.archived.end() && month->second == file.generation;
    return !published || (named && !MayHold(file, *named));
  });
  if (!files.empty()) return archive->Source(store, files);
  std::erase_if(plan.segments, IsArchive);
  return Statement{};
}

}  // namespace adtally
