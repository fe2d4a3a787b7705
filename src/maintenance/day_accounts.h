#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/local_days.h"
#include "maintenance/maintenance_pass.h"

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

// The zones in which there are rows of `day`, or of any day (nullptr).
Result<std::vector<std::string>> ZonesOfAccounts(Store& store, const LocalDay* day);

// Conditions on rows: their advertiser's rows of `day` are in the zone of the parameter {zone};
// it has no zone yet.
std::string IsAccountOfZone(const LocalDay& day);
std::string HasNoAccount();

// A hash of the table as it is, and an expression that holds while it is the same.
Result<uint64_t> ReadAccountsHash(Store& store);
std::string AccountsAreStill(uint64_t hash);

}  // namespace adtally
