// The frame of the `dure` command: subcommands with their help and examples, the options that all of them
// share, how errors reach a person (or, with --json, a program), and what the process exits with. One file a
// command; each adds itself here.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dure::tools {

/// What the process says to the shell (documented in `dure --help`).
enum class ExitCode : int {
    ok = 0,
    failure = 1,      ///< something broke: a file, a node's inner error, a check that did not hold
    usage = 2,        ///< the command line or a value in it makes no sense
    not_found = 3,    ///< the account, round, file … that was named does not exist
    unavailable = 4,  ///< nobody answers, or not now
    refused = 5,      ///< the rules say no: not enough coins, wrong key, too late, already there
};

ExitCode exit_code_for(ErrorCode code);

/// What every command takes.
struct SharedOptions {
    std::string node;           ///< URL of a node's HTTP API
    std::string wallet;         ///< folder of key files
    std::string password_file;  ///< empty: DURE_PASSWORD or a prompt
    bool json = false;
};

class Program {
  public:
    Program();

    /// Declares a subcommand of `parent` (nullptr: of dure itself). `examples` are whole command lines.
    CLI::App& command(CLI::App* parent, const std::string& name, const std::string& description,
                      const std::vector<std::string>& examples, const std::string& details = "");
    /// What `command` does when it is the one that was given.
    void action(CLI::App& command, std::function<Status()> run);

    const SharedOptions& options() const { return options_; }
    const CLI::App& root() const { return app_; }

    /// Parses, runs the chosen action, prints its error. Returns the process's exit status.
    int run(int argc, const char* const* argv);

  private:
    /// The first word, if it stands where a command must and names none.
    std::string unknown_command(int argc, const char* const* argv) const;

    CLI::App app_;
    SharedOptions options_;
    std::vector<std::pair<CLI::App*, std::function<Status()>>> actions_;
};

/// All commands of the program, in the order of its help.
void add_all_commands(Program& program);

}  // namespace dure::tools
