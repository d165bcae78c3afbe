// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/grant.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "fleet/trust/statement.hpp"

namespace utnt::fleet {
namespace {

const std::string order = R"({"id":"some order"})";
const Grant grant{.node = "paris-1",
                  .attempt = 3,
                  .limits = {.pps = 50, .prefix_pps = 7, .probes_per_hour = 9'000, .prefix_probes_per_hour = 800}};

std::string text_of(const std::vector<std::byte>& body) {
  return {reinterpret_cast<const char*>(body.data()), body.size()};
}
Grant open(const PublicKey& key, const std::string& body, const std::string& of = order) {
  return open_grant(key, std::as_bytes(std::span{body}), of);
}

TEST(SignedGrant, comes_back_as_it_was_signed) {
  const auto key = SecretKey::make();
  EXPECT_EQ(open(key.public_key(), text_of(sign_grant(key, grant, order))), grant);
}

TEST(SignedGrant, is_of_one_key_one_order_and_unaltered) {
  const auto key = SecretKey::make(), other = SecretKey::make();
  const auto body = text_of(sign_grant(key, grant, order));
  EXPECT_THROW(open(other.public_key(), body), std::invalid_argument);
  EXPECT_THROW(open(key.public_key(), body, R"({"id":"another order"})"), std::invalid_argument);
  for (std::size_t i = 0; i < body.size(); ++i) {
    auto altered = body;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_THROW(open(key.public_key(), altered), std::invalid_argument) << i;
    EXPECT_THROW(open(key.public_key(), body.substr(0, i)), std::invalid_argument) << i;
  }
}

TEST(SignedGrant, must_hold_every_limit) {
  const auto key = SecretKey::make();
  const auto signed_text = [&](const std::string& text) {
    return sign_statement(key, Purpose::order, text + "\n" + order) + "\n" + text;
  };
  EXPECT_NO_THROW(
      open(key.public_key(),
           signed_text(
               R"({"node":"n","attempt":1,"pps":1,"prefix_pps":1,"probes_per_hour":1,"prefix_probes_per_hour":1})")));
  for (const auto* text :
       {"", "[]", "{}",
        R"({"node":1,"attempt":1,"pps":1,"prefix_pps":1,"probes_per_hour":1,"prefix_probes_per_hour":1})",
        R"({"node":"n","attempt":1,"pps":1,"prefix_pps":1,"probes_per_hour":1})",
        R"({"node":"n","attempt":-1,"pps":1,"prefix_pps":1,"probes_per_hour":1,"prefix_probes_per_hour":1})",
        R"({"node":"n","attempt":1,"pps":4294967296,"prefix_pps":1,"probes_per_hour":1,"prefix_probes_per_hour":1})"})
    EXPECT_THROW(open(key.public_key(), signed_text(text)), std::invalid_argument) << text;
}

}  // namespace
}  // namespace utnt::fleet
