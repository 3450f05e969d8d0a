// A devnet's running processes: starts them, starts again what ends unasked, watches the chain through the
// nodes' APIs.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/dure/api.h"
#include "tools/dure/devnet/layout.h"
#include "tools/dure/devnet/processes.h"

namespace dure::tools {

class Network {
  public:
    /// `say` is told of nodes that end and are started again.
    Network(const Devnet& devnet, SayLine say) : devnet_(devnet), say_(std::move(say)) {}

    /// Starts all nodes and waits until each answers. Errors: `io`; `unavailable`, with the end of the node's
    /// log.
    Status start();
    /// Starts again what has ended. Errors: `unavailable` if a node ends again and again.
    Status tend();
    /// Stops all nodes, one not waiting for another.
    void stop();

    /// A node that answers, tried in order; the server first.
    Result<boost::json::value> ask_any(std::string_view target);
    Result<Api> api(std::size_t node) const;

  private:
    struct Running {
        ChildProcess process;
        unsigned restarts = 0;
        std::chrono::steady_clock::time_point started;
    };

    Status launch(std::size_t node);
    Status wait_until_answering(std::size_t node);
    std::string log_tail(std::size_t node) const;

    const Devnet& devnet_;
    SayLine say_;
    std::vector<Running> running_;
    std::vector<Api> apis_;
};

}  // namespace dure::tools
