// SPDX-License-Identifier: BSD-2-Clause
#include "core/campaign/tunnel_cache.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace utnt::core {
namespace {

class Fixture {
 public:
  explicit Fixture(std::uint32_t tunnels, std::uint32_t blocks = 64)
      : address_entries_(256),
        address_buckets_(256),
        addresses{{address_entries_, address_buckets_}, SipKey{1, 2}},
        entries_(tunnels),
        blocks_(blocks),
        buckets_(tunnels),
        free_(blocks),
        cache{{entries_, blocks_, buckets_, free_}, addresses, SipKey{7, 8}} {}

  AddressRef address(std::uint32_t n) { return addresses.pin(wire::Ipv4Address{0x14000000U + n}); }
  TunnelKey key(std::uint32_t n) { return {address(2 * n), address(2 * n + 1)}; }
  std::vector<HopRecord> lsrs(std::size_t count) {
    std::vector<HopRecord> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i].address = address(static_cast<std::uint32_t>(200 + i));
    return out;
  }

 private:
  std::vector<AddressEntry> address_entries_;
  std::vector<std::uint32_t> address_buckets_;

 public:
  AddressTable addresses;

 private:
  std::vector<TunnelEntry> entries_;
  std::vector<LsrBlock> blocks_;
  std::vector<std::uint32_t> buckets_, free_;

 public:
  TunnelCache cache;
};

TEST(TunnelCache, FindsAPairAgainAndTellsASilentIngressApart) {
  Fixture f{4};
  const auto key = f.key(1);
  EXPECT_EQ(f.cache.find(key, {}), no_index);
  const auto entry = f.cache.add(key, TunnelId{1});
  EXPECT_EQ(f.cache.find(key, {}), entry);
  EXPECT_EQ(f.cache.find({key.start, key.next, true}, {}), no_index);
  EXPECT_EQ(f.cache.at(entry).pins, 2U);
}

TEST(TunnelCache, KeepsLsrsInOrderOverSeveralBlocks) {
  Fixture f{4};
  const auto entry = f.cache.add(f.key(1), TunnelId{1});
  const auto lsrs = f.lsrs(9);
  f.cache.at(entry).result.lsp_count = 9;
  ASSERT_TRUE(f.cache.store(entry, lsrs));
  std::vector<HopRecord> out(lsp_hops_max);
  const auto loaded = f.cache.load(entry, out);
  ASSERT_EQ(loaded.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(loaded[i].address, lsrs[i].address);
}

TEST(TunnelCache, RefusesLsrsThatDoNotFitAndKeepsNone) {
  Fixture f{4, 2};
  const auto entry = f.cache.add(f.key(1), TunnelId{1});
  EXPECT_FALSE(f.cache.store(entry, f.lsrs(9)));
  std::vector<HopRecord> out(lsp_hops_max);
  EXPECT_TRUE(f.cache.load(entry, out).empty());
}

TEST(TunnelCache, EvictsTheUnusedAndGivesTheirBlocksBack) {
  Fixture f{2, 4};
  const auto used = f.cache.add(f.key(1), TunnelId{1});
  for (std::uint32_t n = 2; n < 12; ++n) {
    const auto entry = f.cache.add(f.key(n), TunnelId{n});
    ASSERT_NE(entry, no_index) << n;
    f.cache.at(entry).result.lsp_count = 8;
    ASSERT_TRUE(f.cache.store(entry, f.lsrs(8))) << n;
    f.cache.at(entry).known = true;
    f.cache.unpin(entry);
  }
  EXPECT_EQ(f.cache.at(used).id, TunnelId{1});
  const auto last = f.cache.add(f.key(50), TunnelId{50});
  EXPECT_NE(last, no_index);
  EXPECT_EQ(f.cache.add(f.key(51), TunnelId{51}), no_index) << "both are pinned";
}

TEST(TunnelCache, ForgetsAResultWhenItsTimeIsOver) {
  Fixture f{4};
  const auto key = f.key(1);
  const auto entry = f.cache.add(key, TunnelId{1});
  f.cache.at(entry).known = true;
  f.cache.at(entry).expires = Instant{100};
  f.cache.unpin(entry);
  EXPECT_EQ(f.cache.find(key, Instant{99}), entry);
  f.cache.unpin(entry);
  EXPECT_EQ(f.cache.find(key, Instant{100}), no_index);
  EXPECT_NE(f.cache.add(key, TunnelId{2}), no_index);
}

}  // namespace
}  // namespace utnt::core
