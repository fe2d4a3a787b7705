#pragma once

#include <memory>

#include "maintenance/archive_storage.h"

namespace adtally {

// On S3, where an object appears as a whole when its upload is complete. The store must outlive it.
std::unique_ptr<ArchiveStorage> MakeArchiveOnS3(const ArchivePlace& place, Store& store);

}  // namespace adtally
