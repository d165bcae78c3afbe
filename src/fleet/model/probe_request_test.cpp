// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/probe_request.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace utnt::fleet {
namespace {

TEST(ProbeRequest, comes_out_as_it_went_in) {
  const ProbeRequest request{.enrols = true, .images = {{"process", std::string{"a\0\nb", 4}}, {"qemu", ""}}};
  const auto back = parse_probe_request(write_probe_request(request));
  EXPECT_TRUE(back.enrols);
  ASSERT_EQ(back.images.size(), 2U);
  EXPECT_EQ(back.images[0].bytes, (std::string{"a\0\nb", 4}));
  EXPECT_EQ(back.images[1].tender, "qemu");
}

TEST(ProbeRequest, is_refused_when_it_is_cut_or_longer_or_something_else) {
  const auto text = write_probe_request({.enrols = false, .images = {{"process", "bytes"}}});
  EXPECT_THROW(parse_probe_request(text.substr(0, text.size() - 1)), std::invalid_argument);
  EXPECT_THROW(parse_probe_request(text + "x"), std::invalid_argument);
  for (const auto* bad :
       {"", "\n", "{}\n", "[]\n", "{\"images\":[1]}\n", "{\"images\":[{\"tender\":\"rm\",\"bytes\":0}]}\n",
        "{\"images\":[{\"tender\":\"qemu\",\"bytes\":-1}]}\n"})
    EXPECT_THROW(parse_probe_request(bad), std::invalid_argument) << bad;
}

}  // namespace
}  // namespace utnt::fleet
