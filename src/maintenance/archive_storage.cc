#include "maintenance/archive_storage.h"

#include "base/check.h"
#include "maintenance/archive_folder.h"
#include "maintenance/archive_s3.h"

namespace adtally {

std::unique_ptr<ArchiveStorage> MakeArchiveStorage(const ArchivePlace& place, Store& store) {
  ADTALLY_CHECK(place.kind != ArchivePlace::Kind::kNone, "there is no archive");
  if (place.kind == ArchivePlace::Kind::kS3) return MakeArchiveOnS3(place, store);
  return MakeArchiveFolder(place);
}

}  // namespace adtally
