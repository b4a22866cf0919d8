// Draws come in the order of nexmark-flink's PersonGenerator, AuctionGenerator and BidGenerator.
#include "runtime/connectors/generators/nexmark_events.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace weir::connectors {
namespace {

constexpr int64_t kFirstPersonId = 1000;
constexpr int64_t kFirstAuctionId = 1000;
constexpr int64_t kFirstCategory = 10;
constexpr int64_t kHotEvery = 100;   // hot people and auctions are those with a multiple as number
constexpr int64_t kPersonLead = 10;  // people and auctions that do not exist yet
constexpr int64_t kAuctionLead = 10;

constexpr std::array<std::string_view, 11> kFirstNames = {
    "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::array<std::string_view, 9> kLastNames = {
    "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"};
constexpr std::array<std::string_view, 10> kCities = {
    "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
    "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
constexpr std::array<std::string_view, 6> kStates = {"AZ", "CA", "ID", "OR", "WA", "WY"};
constexpr std::array<std::string_view, 4> kHotChannels = {"Google", "Facebook", "Baidu", "Apple"};

template <size_t kCount>
std::string_view Pick(NexmarkRandom& random, const std::array<std::string_view, kCount>& from) {
  return from[static_cast<size_t>(random.Below(static_cast<int64_t>(kCount)))];
}

// 3 to `longest` - 1 letters, about one in 13 replaced by `special`; blanks at the ends are cut.
std::string_view Word(NexmarkRandom& random, int64_t longest, char special, char*& scratch) {
  const int64_t length = 3 + random.Below(longest - 3);
  char* begin = scratch;
  for (int64_t i = 0; i < length; ++i) {
    *scratch++ = random.Below(13) == 0 ? special : static_cast<char>('a' + random.Below(26));
  }
  const char* end = scratch;
  while (begin < end && *begin == ' ') ++begin;
  while (end > begin && end[-1] == ' ') --end;
  return {begin, static_cast<size_t>(end - begin)};
}

std::string_view Join(std::initializer_list<std::string_view> parts, char*& scratch) {
  const char* begin = scratch;
  for (const std::string_view part : parts) {
    std::memcpy(scratch, part.data(), part.size());
    scratch += part.size();
  }
  return {begin, static_cast<size_t>(scratch - begin)};
}

std::string_view CreditCard(NexmarkRandom& random, char*& scratch) {
  char* const begin = scratch;
  for (int group = 0; group < 4; ++group) {
    if (group > 0) *scratch++ = ' ';
    auto digits = static_cast<int>(random.Below(10'000));
    for (int i = 3; i >= 0; --i, digits /= 10) scratch[i] = static_cast<char>('0' + digits % 10);
    scratch += 4;
  }
  return {begin, static_cast<size_t>(scratch - begin)};
}

std::string BaseUrl(NexmarkRandom& random) {
  char scratch[64];
  char* end = scratch;
  const std::string_view a = Word(random, 5, '_', end);
  const std::string_view b = Word(random, 5, '_', end);
  const std::string_view c = Word(random, 5, '_', end);
  return fmt::format("https://www.nexmark.com/{}/{}/{}/item.htm?query=1", a, b, c);
}

// Java's Math.abs(Integer.reverse(i)).
int64_t ChannelId(uint32_t i) {
  uint32_t reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed = reversed << 1 | (i >> bit & 1);
  return std::llabs(int64_t{static_cast<int32_t>(reversed)});
}

}  // namespace

int64_t NexmarkRandom::Price() {
  const double unit = static_cast<double>(Next() >> 11) * 0x1.0p-53;
  return static_cast<int64_t>(std::floor(std::pow(10.0, unit * 6.0) * 100.0 + 0.5));
}

NexmarkEvents::NexmarkEvents(const NexmarkSettings& settings) : settings_(settings) {
  NexmarkRandom random(settings.seed * 7919 + 17);
  std::string all(kPoolBytes, ' ');
  // As in Beam's NexmarkUtils, where a negative remainder takes the range down to 'H'.
  for (char& c : all) c = static_cast<char>('a' + random.Below(51) - 25);
  std::vector<size_t> ends;
  const auto add = [&](std::string_view text) {
    all += text;
    ends.push_back(all.size());
  };
  for (size_t i = 0; i < hot_urls_.size(); ++i) add(BaseUrl(random));
  for (uint32_t i = 0; i < kChannels; ++i) {
    add(fmt::format("channel-{}", i));
    std::string url = BaseUrl(random);
    if (random.Below(10) > 0) url += fmt::format("&channel_id={}", ChannelId(i));
    add(url);
  }
  memory_ = MakeBuffer<char>(all.size());
  std::memcpy(memory_->as<char>(), all.data(), all.size());
  pool_ = {memory_->as<char>(), kPoolBytes};
  size_t at = kPoolBytes;
  size_t next = 0;
  const auto take = [&] {
    const std::string_view text(memory_->as<char>() + at, ends[next] - at);
    at = ends[next++];
    return text;
  };
  for (std::string_view& url : hot_urls_) url = take();
  for (int i = 0; i < kChannels; ++i) {
    channels_.push_back(take());
    urls_.push_back(take());
  }
}

NexmarkKind NexmarkEvents::KindOf(int64_t number) const {
  const int64_t offset = IdOf(number) % settings_.cycle();
  if (offset < settings_.person_proportion) return NexmarkKind::kPerson;
  const bool auction = offset < settings_.person_proportion + settings_.auction_proportion;
  return auction ? NexmarkKind::kAuction : NexmarkKind::kBid;
}

int64_t NexmarkEvents::MillisOf(int64_t number) const {
  return number * 1'000'000 / settings_.events_per_second / 1000;
}

NexmarkEvents::Place NexmarkEvents::PlaceOf(int64_t number) const {
  Place place{};
  place.id = IdOf(number);
  place.millis = settings_.base_millis + MillisOf(number);
  const int64_t people = settings_.person_proportion;
  const int64_t auctions = settings_.auction_proportion;
  const int64_t cycle = place.id / settings_.cycle();
  const int64_t offset = place.id % settings_.cycle();
  place.last_person = cycle * people + std::min(offset, people - 1);
  if (offset < people) {
    place.last_auction = (cycle - 1) * auctions + auctions - 1;
  } else {
    place.last_auction = cycle * auctions + std::min(offset - people, auctions - 1);
  }
  return place;
}

int64_t NexmarkEvents::AnyPerson(NexmarkRandom& random, int64_t last_person) const {
  const int64_t people = last_person + 1;
  const int64_t active = std::min(people, settings_.active_people);
  return people - active + random.Below(active + kPersonLead);
}

std::string_view NexmarkEvents::Extra(NexmarkRandom& random, int64_t bytes_so_far,
                                      int64_t wanted) const {
  if (bytes_so_far > wanted) return {};
  wanted -= bytes_so_far;
  const auto delta = static_cast<int64_t>(std::floor(static_cast<double>(wanted) * 0.2 + 0.5));
  const int64_t size = wanted - delta + (delta == 0 ? 0 : random.Below(2 * delta));
  const int64_t at = random.Below(static_cast<int64_t>(kPoolBytes) - size);
  return pool_.substr(static_cast<size_t>(at), static_cast<size_t>(size));
}

NexmarkPerson NexmarkEvents::MakePerson(int64_t number, char*& scratch) const {
  const Place place = PlaceOf(number);
  NexmarkRandom random = RandomOf(place.id);
  NexmarkPerson person{};
  person.id = place.last_person + kFirstPersonId;
  person.millis = place.millis;
  const std::string_view last = Pick(random, kLastNames);
  const std::string_view first = Pick(random, kFirstNames);
  const std::string_view host = Word(random, 5, ' ', scratch);
  const std::string_view user = Word(random, 7, ' ', scratch);
  person.name = Join({first, " ", last}, scratch);
  person.email = Join({user, "@", host, ".com"}, scratch);
  person.credit_card = CreditCard(random, scratch);
  person.city = Pick(random, kCities);
  person.state = Pick(random, kStates);
  const size_t bytes = 8 + person.name.size() + person.email.size() + person.credit_card.size() +
                       person.city.size() + person.state.size();
  person.extra = Extra(random, static_cast<int64_t>(bytes), settings_.person_bytes);
  return person;
}

NexmarkAuction NexmarkEvents::MakeAuction(int64_t number, char*& scratch) const {
  const Place place = PlaceOf(number);
  NexmarkRandom random = RandomOf(place.id);
  NexmarkAuction auction{};
  auction.id = place.last_auction + kFirstAuctionId;
  auction.millis = place.millis;
  auction.item = Word(random, 20, ' ', scratch);
  auction.description = Word(random, 100, ' ', scratch);
  auction.initial_bid = random.Price();
  auction.reserve = auction.initial_bid + random.Price();
  const bool hot = random.Below(settings_.hot_seller_ratio) > 0;
  auction.seller =
      hot ? place.last_person / kHotEvery * kHotEvery : AnyPerson(random, place.last_person);
  auction.seller += kFirstPersonId;
  auction.category = kFirstCategory + random.Below(5);
  // Auctions last until about `in_flight_auctions` later ones have begun.
  const int64_t later =
      settings_.in_flight_auctions * settings_.cycle() / settings_.auction_proportion;
  const int64_t horizon = MillisOf(number + later) - MillisOf(number);
  auction.expires = place.millis + 1 + random.Below(std::max<int64_t>(horizon * 2, 1));
  const size_t bytes = 8 + auction.item.size() + auction.description.size() + 6 * 8;
  auction.extra = Extra(random, static_cast<int64_t>(bytes), settings_.auction_bytes);
  return auction;
}

NexmarkBid NexmarkEvents::MakeBid(int64_t number) const {
  const Place place = PlaceOf(number);
  NexmarkRandom random = RandomOf(place.id);
  NexmarkBid bid{};
  bid.millis = place.millis;
  if (random.Below(settings_.hot_auction_ratio) > 0) {
    bid.auction = place.last_auction / kHotEvery * kHotEvery;
  } else {
    const int64_t oldest = std::max<int64_t>(place.last_auction - settings_.in_flight_auctions, 0);
    bid.auction = oldest + random.Below(place.last_auction - oldest + 1 + kAuctionLead);
  }
  bid.auction += kFirstAuctionId;
  const bool hot = random.Below(settings_.hot_bidder_ratio) > 0;
  bid.bidder =
      hot ? place.last_person / kHotEvery * kHotEvery + 1 : AnyPerson(random, place.last_person);
  // Added twice, as the reference does.
  bid.bidder += 2 * kFirstPersonId;
  bid.price = random.Price();
  if (random.Below(2) > 0) {
    const auto i = static_cast<size_t>(random.Below(4));
    bid.channel = kHotChannels[i];
    bid.url = hot_urls_[i];
  } else {
    const auto i = static_cast<size_t>(random.Below(kChannels));
    bid.channel = channels_[i];
    bid.url = urls_[i];
  }
  constexpr int64_t kFixedBytes = 32;
  bid.extra = Extra(random, kFixedBytes, settings_.bid_bytes);
  return bid;
}

}  // namespace weir::connectors
