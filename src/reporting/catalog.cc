#include "reporting/catalog.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/json_writer.h"
#include "reporting/catalog_entities.h"
#include "reporting/catalog_store.h"

namespace adtally {
namespace {

template <class Entity>
using ById = std::map<uint32_t, Entity>;

struct Tables {
  ById<Advertiser> advertisers;
  ById<Campaign> campaigns;
  ById<AdGroup> ad_groups;
  ById<Creative> creatives;
};

template <class Entity>
void Put(ById<Entity>& table, const std::vector<Entity>& entities) {
  for (const Entity& entity : entities) table.insert_or_assign(entity.id, entity);
}

std::string Place(std::string_view kind, size_t index, std::string_view field) {
  return std::string(kind) + '[' + std::to_string(index) + "]." + std::string(field) + ": ";
}

template <class Parent>
Result<const Parent*> FindParent(const ById<Parent>& parents, uint32_t id, std::string place,
                                 std::string_view parent_kind) {
  const auto parent = parents.find(id);
  if (parent != parents.end()) return &parent->second;
  return Error{ErrorCode::kInvalidArgument,
               std::move(place) + "there is no " + std::string(parent_kind) + " " +
                   std::to_string(id) + ", neither in the catalog nor in this request"};
}

// A parent that the request may leave out (0): taken from the chain, or the same as there.
Result<void> Inherit(uint32_t& id, uint32_t inherited, std::string place) {
  if (id == 0) id = inherited;
  if (id == inherited) return {};
  return Error{ErrorCode::kInvalidArgument, std::move(place) + "expected " +
                                                std::to_string(inherited) + ", the parent's, got " +
                                                std::to_string(id)};
}

template <class Entity>
Result<void> CheckNotMoved(const ById<Entity>& table, const Entity& entity,
                           uint32_t Entity::*parent, std::string place) {
  const auto old = table.find(entity.id);
  if (old == table.end() || old->second.*parent == entity.*parent) return {};
  return Error{ErrorCode::kConflict, std::move(place) + "expected " +
                                         std::to_string(old->second.*parent) + ", since id " +
                                         std::to_string(entity.id) +
                                         " exists and cannot move; use a new id"};
}

// Fills in and checks the parents of everything in `entities`. `known` is the catalog before.
Result<void> LinkParents(const Tables& known, CatalogEntities& entities) {
  Tables tables = {known.advertisers, known.campaigns, known.ad_groups, {}};
  Put(tables.advertisers, entities.advertisers);
  for (size_t i = 0; i < entities.campaigns.size(); ++i) {
    const Campaign& campaign = entities.campaigns[i];
    const std::string place = Place("campaigns", i, "advertiser_id");
    ADTALLY_TRY(FindParent(tables.advertisers, campaign.advertiser_id, place, "advertiser"));
    ADTALLY_TRY(CheckNotMoved(known.campaigns, campaign, &Campaign::advertiser_id, place));
  }
  Put(tables.campaigns, entities.campaigns);
  for (size_t i = 0; i < entities.ad_groups.size(); ++i) {
    AdGroup& ad_group = entities.ad_groups[i];
    const std::string place = Place("ad_groups", i, "campaign_id");
    ADTALLY_ASSIGN(const Campaign* parent,
                   FindParent(tables.campaigns, ad_group.campaign_id, place, "campaign"));
    ADTALLY_TRY(Inherit(ad_group.advertiser_id, parent->advertiser_id,
                        Place("ad_groups", i, "advertiser_id")));
    ADTALLY_TRY(CheckNotMoved(known.ad_groups, ad_group, &AdGroup::campaign_id, place));
  }
  Put(tables.ad_groups, entities.ad_groups);
  for (size_t i = 0; i < entities.creatives.size(); ++i) {
    Creative& creative = entities.creatives[i];
    const std::string place = Place("creatives", i, "ad_group_id");
    ADTALLY_ASSIGN(const AdGroup* parent,
                   FindParent(tables.ad_groups, creative.ad_group_id, place, "ad group"));
    ADTALLY_TRY(
        Inherit(creative.campaign_id, parent->campaign_id, Place("creatives", i, "campaign_id")));
    ADTALLY_TRY(Inherit(creative.advertiser_id, parent->advertiser_id,
                        Place("creatives", i, "advertiser_id")));
    ADTALLY_TRY(CheckNotMoved(known.creatives, creative, &Creative::ad_group_id, place));
  }
  return {};
}

Result<Tables> ReadTables(Store& store) {
  Tables tables;
  ADTALLY_ASSIGN(const auto advertisers, ReadAdvertisers(store));
  Put(tables.advertisers, advertisers);
  ADTALLY_ASSIGN(const auto campaigns, ReadCampaigns(store));
  Put(tables.campaigns, campaigns);
  ADTALLY_ASSIGN(const auto ad_groups, ReadAdGroups(store));
  Put(tables.ad_groups, ad_groups);
  ADTALLY_ASSIGN(const auto creatives, ReadCreatives(store));
  Put(tables.creatives, creatives);
  return tables;
}

void Field(JsonWriter& json, std::string_view name, uint32_t value) {
  json.Key(name);
  json.UInt(value);
}

void Field(JsonWriter& json, std::string_view name, std::string_view value) {
  json.Key(name);
  json.String(value);
}

void WriteFields(JsonWriter& json, const Advertiser& advertiser) {
  Field(json, "name", advertiser.name);
  Field(json, "time_zone", advertiser.time_zone);
  Field(json, "currency", advertiser.currency);
}

void WriteFields(JsonWriter& json, const Campaign& campaign) {
  Field(json, "advertiser_id", campaign.advertiser_id);
  Field(json, "name", campaign.name);
}

void WriteFields(JsonWriter& json, const AdGroup& ad_group) {
  Field(json, "advertiser_id", ad_group.advertiser_id);
  Field(json, "campaign_id", ad_group.campaign_id);
  Field(json, "name", ad_group.name);
}

void WriteFields(JsonWriter& json, const Creative& creative) {
  Field(json, "advertiser_id", creative.advertiser_id);
  Field(json, "campaign_id", creative.campaign_id);
  Field(json, "ad_group_id", creative.ad_group_id);
  Field(json, "name", creative.name);
  Field(json, "landing_url", creative.landing_url);
}

template <class Entity>
void WriteTable(JsonWriter& json, std::string_view kind, const ById<Entity>& table, Scope scope,
                uint32_t Entity::*advertiser) {
  json.Key(kind);
  json.BeginArray();
  for (const auto& [id, entity] : table) {
    if (scope && entity.*advertiser != *scope) continue;
    json.BeginObject();
    Field(json, "id", id);
    WriteFields(json, entity);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

struct Catalog::Impl {
  Store& store;
  const Clock& clock;
  const TimeZones& zones;

  std::mutex write_mutex;       // one Upsert at a time; taken before `mutex`
  uint64_t last_update_ms = 0;  // guarded by write_mutex
  std::string seen_mark;        // guarded by write_mutex: of the store when it was read last

  mutable std::shared_mutex mutex;
  Tables tables;  // guarded by mutex; changed only under write_mutex too

  // Inserts the entities of one kind and then shows them to readers.
  template <class Entity, class Insert>
  Result<void> Write(const std::vector<Entity>& entities, ById<Entity>& table, Insert insert) {
    if (entities.empty()) return {};
    ADTALLY_TRY(insert(store, entities, last_update_ms));
    std::unique_lock lock(mutex);
    Put(table, entities);
    return {};
  }
};

Catalog::Catalog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Catalog::~Catalog() = default;

Result<std::unique_ptr<Catalog>> Catalog::Create(Store& store, const Clock& clock,
                                                 const TimeZones& zones) {
  ADTALLY_ASSIGN(const uint64_t last_update_ms, ReadLastCatalogUpdate(store));
  ADTALLY_ASSIGN(Tables tables, ReadTables(store));
  return std::unique_ptr<Catalog>(new Catalog(std::unique_ptr<Impl>(
      new Impl{store, clock, zones, {}, last_update_ms, {}, {}, std::move(tables)})));
}

Result<void> Catalog::Refresh() {
  std::lock_guard write_lock(impl_->write_mutex);
  // Before the tables: what changes in between is seen the next time.
  ADTALLY_ASSIGN(std::string mark, ReadCatalogMark(impl_->store));
  if (mark == impl_->seen_mark) return {};
  ADTALLY_ASSIGN(const uint64_t last_update_ms, ReadLastCatalogUpdate(impl_->store));
  ADTALLY_ASSIGN(Tables tables, ReadTables(impl_->store));
  impl_->last_update_ms = std::max(impl_->last_update_ms, last_update_ms);
  impl_->seen_mark = std::move(mark);
  std::unique_lock lock(impl_->mutex);
  impl_->tables = std::move(tables);
  return {};
}

Result<std::string> Catalog::Upsert(std::string_view body) {
  ADTALLY_ASSIGN(CatalogEntities entities, ParseCatalog(body, impl_->zones));
  std::lock_guard write_lock(impl_->write_mutex);
  Tables& tables = impl_->tables;
  ADTALLY_TRY(LinkParents(tables, entities));
  // A later upsert wins even if the machine's clock was set back.
  impl_->last_update_ms =
      std::max(impl_->last_update_ms + 1, static_cast<uint64_t>(impl_->clock.NowMs()));
  ADTALLY_TRY(impl_->Write(entities.advertisers, tables.advertisers, InsertAdvertisers));
  ADTALLY_TRY(impl_->Write(entities.campaigns, tables.campaigns, InsertCampaigns));
  ADTALLY_TRY(impl_->Write(entities.ad_groups, tables.ad_groups, InsertAdGroups));
  ADTALLY_TRY(impl_->Write(entities.creatives, tables.creatives, InsertCreatives));

  JsonWriter json;
  json.BeginObject();
  Field(json, "advertisers", static_cast<uint32_t>(entities.advertisers.size()));
  Field(json, "campaigns", static_cast<uint32_t>(entities.campaigns.size()));
  Field(json, "ad_groups", static_cast<uint32_t>(entities.ad_groups.size()));
  Field(json, "creatives", static_cast<uint32_t>(entities.creatives.size()));
  json.EndObject();
  return json.Take();
}

std::string Catalog::Render(Scope scope) const {
  std::shared_lock lock(impl_->mutex);
  const Tables& tables = impl_->tables;
  JsonWriter json;
  json.BeginObject();
  WriteTable(json, "advertisers", tables.advertisers, scope, &Advertiser::id);
  WriteTable(json, "campaigns", tables.campaigns, scope, &Campaign::advertiser_id);
  WriteTable(json, "ad_groups", tables.ad_groups, scope, &AdGroup::advertiser_id);
  WriteTable(json, "creatives", tables.creatives, scope, &Creative::advertiser_id);
  json.EndObject();
  return json.Take();
}

std::optional<std::string> Catalog::LandingUrl(uint32_t creative_id) const {
  std::shared_lock lock(impl_->mutex);
  const auto creative = impl_->tables.creatives.find(creative_id);
  if (creative == impl_->tables.creatives.end()) return std::nullopt;
  return creative->second.landing_url;
}

}  // namespace adtally
