// Child processes that never outlive their parent: each gets a signal when the parent ends, however it ends,
// and is asked to stop, then made to, when its owner lets go of it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::tools {

class ChildProcess {
  public:
    ChildProcess() = default;
    ~ChildProcess();  ///< stops it
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;

    /// Starts `program` (a path) with its output appended to `log`, in a process group of its own, so that
    /// Ctrl-C on the terminal reaches only the parent, which then stops its children in order. Must be called
    /// on the main thread. Errors: `io`.
    static Result<ChildProcess> start(const std::filesystem::path& program,
                                      const std::vector<std::string>& arguments,
                                      const std::filesystem::path& log);

    pid_t id() const { return id_; }
    /// How it ended ("exit status 1", "signal 9"), or nothing while it runs.
    std::optional<std::string> ended();
    /// Asks it to stop (SIGTERM) without waiting.
    void ask_to_stop();
    /// Asks, waits up to `grace`, then kills.
    void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

  private:
    explicit ChildProcess(pid_t id) : id_(id) {}
    bool reap(bool wait);

    pid_t id_ = -1;
    std::optional<std::string> ending_;
};

/// This program's own file, for starting it again with another command.
std::filesystem::path own_program();

/// From now on Ctrl-C and SIGTERM only set what `interrupted` reads.
void catch_interrupts();
bool interrupted();
/// Sleeps, but not past an interrupt. False if there was one.
bool pause_for(std::chrono::milliseconds time);

/// A TCP port on 127.0.0.1 that nobody listens on at this moment. Errors: `io`.
Result<unsigned> free_port();
bool port_is_free(unsigned port);

}  // namespace dure::tools
