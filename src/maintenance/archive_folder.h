#pragma once

#include <memory>

#include "maintenance/archive_storage.h"

namespace adtally {

// In a folder of this machine. A file is written as a draft, fsynced and renamed.
std::unique_ptr<ArchiveStorage> MakeArchiveFolder(const ArchivePlace& place);

}  // namespace adtally
