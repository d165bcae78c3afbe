// SPDX-License-Identifier: BSD-2-Clause
// HTTP of `utnt fleet run`: its options, and what stands behind each path.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "apps/utnt/fleet_table.hpp"
#include "fleet/controller/http_server.hpp"
#include "fleet/controller/live_state.hpp"
#include "fleet/model/event_spec.hpp"
#include "fleet/store/store.hpp"

namespace CLI {
class App;
}

namespace utnt::apps {

struct FleetHttpOptions {
  std::optional<std::uint16_t> port;  ///< none: no server
  std::string address{"127.0.0.1"};
  bool is_tls_in_front{false};
  std::string token_file;
  std::uint32_t rate{100};
};
void add_fleet_http_options(CLI::App& command, FleetHttpOptions& options);

/// What became of a trigger, committed.
struct TakenEvent {
  struct Job {
    std::string id;
    fleet::Acceptance answer;
  };
  std::uint64_t number{0};
  std::string campaign;
  std::vector<Job> jobs;
};

/// Events are not taken yet; what to do.
struct NotYet : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class FleetHttp {
 public:
  /// Throws std::invalid_argument: what is wrong with it; NotYet.
  using Take = std::function<TakenEvent(fleet::Trigger)>;

  /// `state` and `store` must outlive it. Throws os_linux::Failure as the server does.
  FleetHttp(const FleetHttpOptions& options, TableHead head, const fleet::LiveState& state, const fleet::Store& store,
            Take take);

  [[nodiscard]] int descriptor() const { return server_.descriptor(); }
  void step() { server_.step(); }
  /// "http://127.0.0.1:8080/"
  [[nodiscard]] std::string url() const;

 private:
  fleet::HttpAnswer event(const std::string& body);
  fleet::HttpAnswer page(std::string_view path);
  const fleet::Balance& balance(Instant now);

  std::string address_;
  TableHead head_;
  const fleet::LiveState& state_;
  const fleet::Store& store_;
  Take take_;
  fleet::Balance balance_;
  std::optional<Instant> balanced_at_;
  fleet::HttpServer server_;
};

}  // namespace utnt::apps
