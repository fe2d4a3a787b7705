#pragma once

#include <string_view>

namespace adtally {

// How the file of a RocksDB write-ahead log ends, for a database whose every write is fsynced
// before the next one begins, and which neither recycles nor compresses these files. So only the
// last write can be incomplete after a crash: bytes of it are missing, or read as zeros.
enum class WalEnd {
  kWhole,
  kTorn,     // the last write is incomplete; it was never acknowledged
  kDamaged,  // bytes of an acknowledged write are not what was written
};

// `bytes` is the whole file.
WalEnd InspectWal(std::string_view bytes);
// Whether a write begins anywhere in it.
bool WalHasRecord(std::string_view bytes);

}  // namespace adtally
