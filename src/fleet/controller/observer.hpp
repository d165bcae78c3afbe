// SPDX-License-Identifier: BSD-2-Clause
// What happens in a running controller, for whoever shows it: the terminal, JSON lines, metrics, the page. Texts that
// come from nodes are not trusted: whoever prints them escapes them.
#pragma once

#include <string>

#include "fleet/controller/node_trouble.hpp"
#include "fleet/model/dispatcher.hpp"
#include "fleet/store/rows.hpp"

namespace utnt::fleet {

class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// `hello`: JSON, as the agent sent it.
  virtual void node_up(const std::string& node, const std::string& hello) = 0;
  virtual void node_down(const std::string& node, const std::string& why) = 0;
  /// The same with all that is known; what does not care gets it as one line.
  virtual void node_trouble(const std::string& node, const NodeTrouble& trouble) {
    node_down(node, trouble_text(trouble));
  }
  /// After its row was committed.
  virtual void job_changed(const JobRecord& job) = 0;
  virtual void progress(const std::string& node, const std::string& job, const std::string& phase,
                        std::uint64_t probes) = 0;
  virtual void result_stored(const std::string& node, const NewResult& result, StoredAs how) = 0;
  /// Something that somebody should look at: a bad signature, a message that makes no sense.
  virtual void alert(const std::string& node, const std::string& text) = 0;
};

}  // namespace utnt::fleet
