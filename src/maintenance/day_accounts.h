#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/local_days.h"
#include "maintenance/maintenance_pass.h"
#include "store/statement.h"

namespace adtally {

// adtally.day_accounts: the time zone of an advertiser's rows in adtally.day, and from which day
// on.

// Records what the catalog says of the advertisers that have rows among `hours` ("adtally.hour
// WHERE …", those that hold `day` in all of `zones`): a new advertiser, for which all older days
// are empty, and one whose zone has changed, from `day` on. An advertiser whose rows by the hour
// cannot be told apart into days of its zone, because it got that zone after they were rolled up,
// has days in it from the next one on only.
Result<void> UpdateDayAccounts(const MaintenancePass& pass, const LocalDay& day,
                               const std::vector<std::string>& zones, const std::string& hours);

// The zones in which there are rows of any day.
Result<std::vector<std::string>> ZonesOfAccounts(Store& store);

// What follows FROM for those of `rows` ("table WHERE …", their times in the column `time`) that
// are of `day` in the zone of their advertiser, which is then the column `time_zone`. `in_zones`:
// when the day is, in every zone that accounts may be in.
Statement RowsOfLocalDay(const LocalDay& day, const std::vector<ZoneDay>& in_zones,
                         const std::string& rows, const std::string& time);

// A condition on rows: their advertiser has no zone yet.
std::string HasNoAccount();

// A hash of the table as it is; nullopt when an account is in none of `zones`. And an expression
// that holds while it is the same.
Result<std::optional<uint64_t>> ReadAccountsHash(Store& store,
                                                 const std::vector<std::string>& zones);
std::string AccountsAreStill(uint64_t hash);

}  // namespace adtally
