// SPDX-License-Identifier: BSD-2-Clause
// The controller: joins the dispatcher's decisions with the store and one session per node. Rows are committed before
// messages are sent, receipts go out after the result is in the store; so a controller that is killed at any moment
// goes on where its store ends. One thread; turn() waits in one place, and not for the disk: see committer.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fleet/controller/committer.hpp"
#include "fleet/controller/observer.hpp"
#include "fleet/controller/other_controller.hpp"
#include "fleet/controller/session.hpp"
#include "fleet/model/dispatcher.hpp"
#include "fleet/store/store.hpp"
#include "fleet/trust/key.hpp"

namespace utnt::fleet {

/// Another descriptor that ends the wait when it becomes readable.
struct WaitFor {
  int descriptor{-1};
  bool is_ready{false};
};

struct ControllerSetting {
  Policy policy{};
  std::string name{"controller"};
  std::string place{this_program()};        ///< what the controller is told that loses a node to this one
  bool enrols{false};                       ///< a node whose key is not known becomes known; else it is not welcome
  Duration give_up_after{600'000'000'000};  ///< a node that cannot be reached for so long: jobs do not wait for it
  Committer::Where writes{Committer::Where::aside};
};

class Controller {
 public:
  /// `store` and `observer` must outlive it. Resumes what the store holds.
  Controller(Store& store, SecretKey key, ControllerSetting setting, std::vector<ControlledNode> nodes,
             Observer& observer);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// The orders of one event. They and the event's row are handed to the disk, whatever the answers, for one
  /// transaction; wait_for_disk() before somebody is told.
  std::vector<Acceptance> accept(std::vector<JobRecord> requests, const EventRow& event);
  void cancel(const std::string& job);
  /// Ends all probing, everywhere, as fast as messages travel.
  void stop_all();
  /// Until all that was decided is committed, and said.
  void wait_for_disk();

  /// Waits for the next thing, `patience` at the most, or for one of `others`; then does what there is to do.
  void turn(Duration patience, std::span<WaitFor> others);
  /// Whether every job has its final state, on the disk.
  [[nodiscard]] bool is_settled() const;
  [[nodiscard]] const Dispatcher& dispatcher() const { return dispatcher_; }
  [[nodiscard]] bool is_connected(const std::string& node) const;
  /// The last try to connect it failed.
  [[nodiscard]] bool is_in_trouble(const std::string& node) const;
  /// No job waits for it any more, unless it comes back.
  [[nodiscard]] bool is_given_up(const std::string& node) const;

 private:
  void wait(Duration patience, std::span<WaitFor> others);
  void serve(Session& session);
  void take(Session& session, const Message& message);
  void take_hello(Session& session, const Message& message);
  void take_taken_over(Session& session, const Message& message);
  /// Whether the node stays with the one that its hello names.
  bool leaves_to_other(Session& session, const nlohmann::json& hello);
  void take_piece(Session& session, const Message& message);
  void give_image(Session& session, const Message& message);
  void take_result(Session& session, const ArrivedResult& arrived);
  void send_block_list(Session& session, const std::string& known);
  /// Why its agent is not welcome; nothing: it is, and its row is on the way to the disk.
  [[nodiscard]] std::optional<std::string> refuses(Session& session, const std::string& key_text,
                                                   const std::string& hello);
  /// What has changed, with `changes`; messages follow when it is on the disk.
  void hand_over(Changes changes);
  void hand_over(Work work);
  /// What may happen after commits.
  void follow_up();
  void send(const Outgoing& outgoing);
  [[nodiscard]] std::vector<std::string> keys_of(const Session& session) const;
  [[nodiscard]] bool is_others_key(const std::string& node, const std::string& key) const;
  [[nodiscard]] std::string welcome_text(const Session& session) const;

  Store& store_;
  SecretKey key_;
  ControllerSetting setting_;
  Observer& observer_;
  Dispatcher dispatcher_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::map<std::string, Session*> by_name_;
  Committer committer_;
  std::string instance_;  ///< no two controllers that ran or run have it
};

}  // namespace utnt::fleet
