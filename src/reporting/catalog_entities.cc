#include "reporting/catalog_entities.h"

#include <simdjson.h>

#include <algorithm>
#include <set>

#include "base/landing_url.h"
#include "reporting/json_fields.h"

namespace adtally {
namespace {

bool IsCurrency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<Advertiser> ParseAdvertiser(simdjson::dom::element element, std::string path,
                                   const TimeZones& zones) {
  JsonFields fields(element, std::move(path), {"id", "name", "time_zone", "currency"});
  Advertiser advertiser;
  advertiser.id = fields.Id("id");
  advertiser.name = fields.Text("name", kMaxNameBytes);
  advertiser.time_zone = fields.Text("time_zone", 64);
  if (!zones.Contains(advertiser.time_zone)) {
    fields.Fail("time_zone", "expected an IANA name like Europe/Berlin");
  }
  advertiser.currency = fields.Text("currency", 3);
  if (!IsCurrency(advertiser.currency)) {
    fields.Fail("currency", "expected an ISO 4217 code of three upper-case letters, like EUR");
  }
  if (fields.error()) return *fields.error();
  return advertiser;
}

Result<Campaign> ParseCampaign(simdjson::dom::element element, std::string path, const TimeZones&) {
  JsonFields fields(element, std::move(path), {"id", "advertiser_id", "name"});
  Campaign campaign;
  campaign.id = fields.Id("id");
  campaign.advertiser_id = fields.Id("advertiser_id");
  campaign.name = fields.Text("name", kMaxNameBytes);
  if (fields.error()) return *fields.error();
  return campaign;
}

Result<AdGroup> ParseAdGroup(simdjson::dom::element element, std::string path, const TimeZones&) {
  JsonFields fields(element, std::move(path), {"id", "advertiser_id", "campaign_id", "name"});
  AdGroup ad_group;
  ad_group.id = fields.Id("id");
  ad_group.advertiser_id = fields.OptionalId("advertiser_id").value_or(0);
  ad_group.campaign_id = fields.Id("campaign_id");
  ad_group.name = fields.Text("name", kMaxNameBytes);
  if (fields.error()) return *fields.error();
  return ad_group;
}

Result<Creative> ParseCreative(simdjson::dom::element element, std::string path, const TimeZones&) {
  JsonFields fields(element, std::move(path),
                    {"id", "advertiser_id", "campaign_id", "ad_group_id", "name", "landing_url"});
  Creative creative;
  creative.id = fields.Id("id");
  creative.advertiser_id = fields.OptionalId("advertiser_id").value_or(0);
  creative.campaign_id = fields.OptionalId("campaign_id").value_or(0);
  creative.ad_group_id = fields.Id("ad_group_id");
  creative.name = fields.Text("name", kMaxNameBytes);
  creative.landing_url = fields.Text("landing_url", kMaxLandingUrlBytes);
  if (!IsLandingUrl(creative.landing_url)) {
    fields.Fail("landing_url", "expected " + std::string(kLandingUrlRule));
  }
  if (fields.error()) return *fields.error();
  return creative;
}

template <class Entity, class Parse>
Result<void> ParseKind(simdjson::dom::object document, std::string_view kind,
                       const TimeZones& zones, std::vector<Entity>& entities, Parse parse) {
  simdjson::dom::element value;
  if (document.at_key(kind).get(value) != simdjson::SUCCESS) return {};
  simdjson::dom::array items;
  if (value.get_array().get(items) != simdjson::SUCCESS) {
    return Error{ErrorCode::kInvalidArgument, std::string(kind) + ": expected an array"};
  }
  std::set<uint32_t> ids;
  for (const simdjson::dom::element item : items) {
    std::string path = std::string(kind) + '[' + std::to_string(entities.size()) + "].";
    ADTALLY_ASSIGN(Entity entity, parse(item, path, zones));
    if (!ids.insert(entity.id).second) {
      return Error{ErrorCode::kInvalidArgument,
                   path + "id: " + std::to_string(entity.id) + " is given twice"};
    }
    entities.push_back(std::move(entity));
  }
  return {};
}

}  // namespace

Result<CatalogEntities> ParseCatalog(std::string_view json, const TimeZones& zones) {
  simdjson::dom::parser parser;
  ADTALLY_ASSIGN(const simdjson::dom::element document, ParseJson(parser, json));
  JsonFields fields(document, "", {"advertisers", "campaigns", "ad_groups", "creatives"});
  if (fields.error()) return *fields.error();
  simdjson::dom::object kinds;
  ADTALLY_CHECK(document.get_object().get(kinds) == simdjson::SUCCESS, "checked to be an object");
  CatalogEntities entities;
  ADTALLY_TRY(ParseKind(kinds, "advertisers", zones, entities.advertisers, ParseAdvertiser));
  ADTALLY_TRY(ParseKind(kinds, "campaigns", zones, entities.campaigns, ParseCampaign));
  ADTALLY_TRY(ParseKind(kinds, "ad_groups", zones, entities.ad_groups, ParseAdGroup));
  ADTALLY_TRY(ParseKind(kinds, "creatives", zones, entities.creatives, ParseCreative));
  return entities;
}

}  // namespace adtally
