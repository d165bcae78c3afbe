// SPDX-License-Identifier: BSD-2-Clause
// What every transport has to do, as one suite. For a new transport: describe it as a Transport, and
//   INSTANTIATE_TEST_SUITE_P(Nats, TransportConformance, testing::Values(nats_transport()), transport_name);
// and the same with StreamConformance if it carries a byte stream. The tests are in transport_conformance.cpp.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "fleet/transport/link.hpp"

namespace utnt::fleet::test {

/// Both ends of one connection.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;
  virtual Link& near() = 0;  ///< the controller's
  virtual Link& far() = 0;   ///< the agent's
  /// Waits until one of the ends should be asked. False: nothing happened for `patience`, or nothing is to come.
  /// As it is here: poll() on what the links name, nothing else.
  virtual bool wait(Duration patience);
  /// Cuts it between the ends.
  virtual void cut() = 0;
};

struct Transport {
  std::string name;
  std::function<std::unique_ptr<Connection>()> connect;
  bool is_lossless{true};  ///< else messages may be lost, repeated and reordered
  /// For StreamConformance: a link whose other side sends these bytes and is gone then.
  std::function<std::unique_ptr<Link>(ConstBytes)> cut_after{};
  std::size_t cut_stride{1};  ///< every cut is tried, or every so many, where one costs much
  /// Runs the body of a test where the transport works.
  std::function<void(const std::function<void()>&)> within = [](const std::function<void()>& body) { body(); };
};

inline void PrintTo(const Transport& transport, std::ostream* out) { *out << transport.name; }
inline std::string transport_name(const testing::TestParamInfo<Transport>& info) { return info.param.name; }

class TransportConformance : public testing::TestWithParam<Transport> {};
class StreamConformance : public testing::TestWithParam<Transport> {};

}  // namespace utnt::fleet::test
