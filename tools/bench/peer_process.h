// A peer that runs as a program of its own and works step by step, so that it can take turns with us: it says one line
// when it is ready, and one line for each line that it is sent.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace dure::bench {

class PeerProcess {
  public:
    /// Starts `command` on the calling thread's cores, with `environment` added to this program's.
    PeerProcess(const std::vector<std::string>& command,
                const std::map<std::string, std::string>& environment);
    PeerProcess(const PeerProcess&) = delete;
    PeerProcess& operator=(const PeerProcess&) = delete;
    /// Closes the peer's input and waits for its end.
    ~PeerProcess();

    /// The peer's next line, without its end; empty if it has ended.
    std::string line();
    /// Has the peer make one step, and returns what it says then.
    std::string step();

  private:
    pid_t child_ = -1;
    std::FILE* input_ = nullptr;
    std::FILE* output_ = nullptr;
};

}  // namespace dure::bench
