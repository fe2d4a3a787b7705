#include "sim/mishaps.h"

#include <cstdio>
#include <iterator>
#include <utility>

namespace adtally {
namespace {

enum class Where : uint8_t { kAnywhere, kEmbedded, kSeveral };

struct Info {
  Mishap mishap;
  std::string_view name;
  double rate;  // per occasion, in a seed of medium roughness; 0 for a situation
  Where where = Where::kAnywhere;
};

constexpr double kPerCall = 0.02;

// A process with the log and the store inside has no requests under way that outlive their failure,
// and no other process beside it. A store beside the processes writes tokens with their parts.
constexpr std::array<Info, kMishaps> kInfos = {{
    {Mishap::kReadFailed, "a read of the log failed", kPerCall},
    {Mishap::kReadShort, "a read returned few records", 0.1},
    {Mishap::kBoundaryReadFailed, "a read of a boundary failed", kPerCall},
    {Mishap::kBoundaryFailed, "a boundary was not appended", kPerCall},
    {Mishap::kBoundaryIn, "a boundary was appended but failed", kPerCall},
    {Mishap::kBoundaryLate, "a boundary was appended late", 0.05, Where::kSeveral},
    {Mishap::kOffsetFailed, "asking the log for an offset failed", kPerCall},
    {Mishap::kDropFailed, "retention failed", kPerCall},
    {Mishap::kAppendFailed, "records were not appended", kPerCall},
    {Mishap::kAppendTorn, "some records of a request were appended", 0.05},
    {Mishap::kAppendIn, "records were appended but failed", kPerCall},
    {Mishap::kAppendLate, "records were appended late", 0.05, Where::kSeveral},
    {Mishap::kStoreReadFailed, "a read of the store failed", kPerCall},
    {Mishap::kInsertFailed, "rows were not inserted", kPerCall},
    {Mishap::kInsertTokenOnly, "a token without its rows was left", 0.04, Where::kEmbedded},
    {Mishap::kInsertIn, "rows were inserted but failed", 0.04},
    {Mishap::kInsertLate, "rows were inserted late", 0.04, Where::kSeveral},
    {Mishap::kClicksFailed, "clicks were not inserted", kPerCall},
    {Mishap::kClicksTokenOnly, "a token without its clicks was left", 0.04, Where::kEmbedded},
    {Mishap::kClicksIn, "clicks were inserted but failed", 0.04},
    {Mishap::kClicksLate, "clicks were inserted late", 0.04, Where::kSeveral},
    {Mishap::kLedgerFailed, "ledger rows were not inserted", kPerCall},
    {Mishap::kLedgerIn, "ledger rows were inserted but failed", kPerCall},
    {Mishap::kLedgerLate, "ledger rows were inserted late", kPerCall, Where::kSeveral},
    {Mishap::kReachFailed, "reach was not inserted", kPerCall},
    {Mishap::kReachIn, "reach was inserted but failed", kPerCall},
    {Mishap::kReachLate, "reach was inserted late", kPerCall, Where::kSeveral},
    {Mishap::kProgressFailed, "progress was not written", kPerCall},
    {Mishap::kProgressIn, "progress was written but failed", kPerCall},
    {Mishap::kProgressLate, "progress was written late", kPerCall, Where::kSeveral},
    {Mishap::kStoreRestored, "the store was restored from an older copy", 0.002},
    {Mishap::kAllRestored, "log and store were restored from an older copy", 0.002},
    {Mishap::kCacheReadFailed, "a read of the id cache failed", kPerCall},
    {Mishap::kCacheScanFailed, "a scan of the id cache failed", 0.1},
    {Mishap::kCacheEntryDamaged, "an entry of the id cache was damaged", 0.05},
    {Mishap::kCacheWriteFailed, "a write of the id cache failed", kPerCall},
    {Mishap::kCacheEntryLost, "an entry of the id cache was lost", 0.004},
    {Mishap::kCacheLost, "the id cache was lost", 0.002},
    {Mishap::kCacheOlderCopy, "the id cache is an older copy", 0.004},
    {Mishap::kCacheOfAnother, "the id cache is another's", 0.004, Where::kSeveral},
    {Mishap::kCacheOfLostBoundary, "the id cache holds a boundary that lost", 0.004},
    {Mishap::kDiedBeforeCall, "a process died before a call", 0.002, Where::kSeveral},
    {Mishap::kDiedAfterCall, "a process died after a call", 0.002, Where::kSeveral},
    {Mishap::kRestarted, "a process restarted", 0.003, Where::kSeveral},
    {Mishap::kGivenUp, "a partition was given up", 0.01, Where::kSeveral},
    {Mishap::kStandby, "a process was a standby", 0.3, Where::kSeveral},
    {Mishap::kDrainGaveUp, "a drain gave up", 0.003},
    {Mishap::kPaused, "a process paused", 0.004, Where::kSeveral},
    {Mishap::kPausedForLong, "a process paused for long", 0.002, Where::kSeveral},
    {Mishap::kOthersRan, "others ran between two calls", 0.005},
    {Mishap::kResent, "events were sent again", 0},
    {Mishap::kRecoveredFromBoth, "recovered from the cache and from the log", 0},
    {Mishap::kBoundaryFound, "a boundary was there already", 0},
    {Mishap::kRolledBack, "another's boundary was before the end proposed", 0, Where::kSeveral},
    {Mishap::kCountedOn, "another's boundary was behind the end proposed", 0, Where::kSeveral},
    {Mishap::kPartOfDeliveryIn, "a process ended with some hours of a checkpoint in", 0},
    {Mishap::kLedgerInProgressNot, "a process ended between ledger and progress", 0},
    {Mishap::kRestartedWhilePaused, "a restart while another paused", 0, Where::kSeveral},
    {Mishap::kBackInCounting, "a paused process came back counting", 0, Where::kSeveral},
    {Mishap::kBackInProposal, "a paused process came back in a proposal", 0, Where::kSeveral},
    {Mishap::kBackInDelivery, "a paused process came back in a delivery", 0, Where::kSeveral},
    {Mishap::kBackAfterDelivery, "a paused process came back after others delivered", 0,
     Where::kSeveral},
    {Mishap::kBackBehindRetention, "a paused process came back behind retention", 0,
     Where::kSeveral},
    {Mishap::kCacheBeyondProgress, "the id cache reached beyond progress", 0},
    {Mishap::kCacheOfOtherHistory, "the id cache held another history of the log", 0},
}};

constexpr bool InOrder() {
  for (size_t i = 0; i < kInfos.size(); ++i) {
    if (static_cast<size_t>(kInfos[i].mishap) != i) return false;
  }
  return true;
}
static_assert(InOrder());

const Info& InfoOf(Mishap mishap) {
  return kInfos[static_cast<size_t>(mishap)];
}

}  // namespace

std::string_view MishapName(Mishap mishap) {
  return InfoOf(mishap).name;
}

bool CanHappen(Mishap mishap, Setting setting) {
  const Where where = InfoOf(mishap).where;
  return where == Where::kAnywhere ||
         (where == Where::kEmbedded) == (setting == Setting::kEmbedded);
}

Mishaps::Mishaps(uint64_t seed, Setting setting, Coverage& coverage, bool trace)
    : setting_(setting), coverage_(coverage), trace_(trace), random_(seed) {
  const double roughness = std::array{0.0, 0.3, 1.0, 1.0, 3.0}[Pick(5)];
  for (const Info& info : kInfos) {
    if (!CanHappen(info.mishap, setting) || Chance(0.3)) continue;
    rates_[static_cast<size_t>(info.mishap)] = info.rate * roughness;
  }
}

bool Mishaps::Chance(double p) {
  return std::uniform_real_distribution<>(0, 1)(random_) < p;
}

size_t Mishaps::Pick(size_t count) {
  return std::uniform_int_distribution<size_t>(0, count - 1)(random_);
}

bool Mishaps::Threatens(Mishap mishap) {
  const double rate = rates_[static_cast<size_t>(mishap)];
  return !stopped_ && rate > 0 && Chance(rate);
}

bool Mishaps::Strikes(Mishap mishap) {
  if (!Threatens(mishap)) return false;
  Note(mishap);
  return true;
}

void Mishaps::Note(Mishap mishap) {
  ++coverage_.mishaps[static_cast<size_t>(mishap)];
  if (trace_) Trace(std::string(MishapName(mishap)));
}

void Mishaps::LetOneArrive() {
  if (late_.empty()) return;
  const auto which = std::next(late_.begin(), static_cast<std::ptrdiff_t>(Pick(late_.size())));
  const std::function<void()> request = std::move(*which);
  late_.erase(which);
  request();
}

void Mishaps::LetAllArrive() {
  while (!late_.empty()) LetOneArrive();
}

void Mishaps::Trace(const std::string& line) const {
  if (trace_) std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace adtally
