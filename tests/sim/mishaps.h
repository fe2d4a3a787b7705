#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>

namespace adtally {

// What goes wrong in a simulation: first what the dice decide, then the situations that this must
// lead to. "Failed" means that the caller gets an error and nothing happened, "in" that it happened
// all the same, "late" that it happens some time after the error.
enum class Mishap : uint8_t {
  // The log.
  kReadFailed,
  kReadShort,  // fewer records than there are and were asked for
  kBoundaryReadFailed,
  kBoundaryFailed,
  kBoundaryIn,
  kBoundaryLate,
  kOffsetFailed,
  kDropFailed,
  // The sender of events.
  kAppendFailed,
  kAppendTorn,  // some of the request's records are in
  kAppendIn,
  kAppendLate,
  // The store.
  kStoreReadFailed,
  kInsertFailed,
  kInsertTokenOnly,
  kInsertIn,
  kInsertLate,
  kClicksFailed,
  kClicksTokenOnly,
  kClicksIn,
  kClicksLate,
  kLedgerFailed,
  kLedgerIn,
  kLedgerLate,
  kReachFailed,
  kReachIn,
  kReachLate,
  kProgressFailed,
  kProgressIn,
  kProgressLate,
  kStoreRestored,  // from an older copy of itself
  kAllRestored,    // the store and the log, to the same earlier time: the log goes another way
  // The id cache of a process.
  kCacheReadFailed,
  kCacheScanFailed,
  kCacheEntryDamaged,
  kCacheWriteFailed,
  kCacheEntryLost,
  kCacheLost,
  kCacheOlderCopy,
  kCacheOfAnother,
  kCacheOfLostBoundary,  // an entry [begin, end) that no checkpoint has
  // A process.
  kDiedBeforeCall,
  kDiedAfterCall,
  kRestarted,  // between two calls
  kGivenUp,    // a partition of it, to others
  kStandby,    // when it starts
  kDrainGaveUp,
  kPaused,
  kPausedForLong,
  kOthersRan,  // between two calls of one step

  // Situations.
  kResent,
  kRecoveredFromBoth,     // from the cache and from the log
  kBoundaryFound,         // counted up to a boundary that was there
  kRolledBack,            // another's boundary lies before the end proposed
  kCountedOn,             // ... or behind it
  kPartOfDeliveryIn,      // a process ended when some hours of a checkpoint were in
  kLedgerInProgressNot,   // ... when the ledger was in and progress was not written
  kRestartedWhilePaused,  // a process, while another was paused
  kBackInCounting,        // a paused process came back with records counted
  kBackInProposal,        // ... between its proposal and reading it back
  kBackInDelivery,        // ... between asking for receipts and writing progress
  kBackAfterDelivery,     // ... and others have delivered what it was delivering
  kBackBehindRetention,   // ... and the log dropped what it would read next
  kCacheBeyondProgress,   // at a recovery
  kCacheOfOtherHistory,   // at a recovery, after kAllRestored
  kCount
};
inline constexpr size_t kMishaps = static_cast<size_t>(Mishap::kCount);
std::string_view MishapName(Mishap mishap);

// One process with everything inside, or several beside a log and a store that outlive them.
enum class Setting : uint8_t { kEmbedded, kSeveral };
// Whether it can happen there.
bool CanHappen(Mishap mishap, Setting setting);

// How often each thing happened over many simulations.
struct Coverage {
  std::array<uint64_t, kMishaps> mishaps{};
  std::map<std::string, uint64_t, std::less<>> crashes;  // by crash point

  uint64_t operator[](Mishap mishap) const { return mishaps[static_cast<size_t>(mishap)]; }
};

// The dice of one simulation: everything that is decided by its seed. Each seed has mishaps of its
// own choice at a rate of its own, so that some seeds are calm and others do one thing all the
// time.
class Mishaps {
 public:
  // `coverage` outlives the object. `trace`: say on stderr what happens.
  Mishaps(uint64_t seed, Setting setting, Coverage& coverage, bool trace);

  bool Chance(double p);
  size_t Pick(size_t count);  // from 0 to count - 1
  // Whether it happens now, by its rate in this seed; if so, it is noted.
  bool Strikes(Mishap mishap);
  // The same for what may turn out to be impossible: without the note.
  bool Threatens(Mishap mishap);
  // It happened.
  void Note(Mishap mishap);
  // From now on nothing goes wrong any more.
  void Stop() { stopped_ = true; }

  // A request whose caller was told that it failed, and that arrives later.
  void ArriveLater(std::function<void()> request) { late_.push_back(std::move(request)); }
  void LetOneArrive();
  void LetAllArrive();

  bool trace() const { return trace_; }
  void Trace(const std::string& line) const;

 private:
  const Setting setting_;
  Coverage& coverage_;
  const bool trace_;
  std::mt19937_64 random_;
  std::array<double, kMishaps> rates_{};
  bool stopped_ = false;
  std::deque<std::function<void()>> late_;
};

}  // namespace adtally
