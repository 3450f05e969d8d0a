#include "tools/dure/program.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "base/version.h"
#include "tools/dure/output.h"

namespace dure::tools {

namespace {

constexpr const char* k_exit_codes =
    "Exit status: 0 done, 1 something failed, 2 the command line makes no sense, 3 not found, 4 nobody "
    "answers or not "
    "now, 5 the rules refuse it.\n"
    "Environment: DURE_NODE (node's URL), DURE_WALLET (folder of keys), DURE_PASSWORD (the wallet's "
    "password).\n"
    "Each command has its own --help with an example. First steps: dure devnet --help";

std::string environment(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string default_wallet() {
    return environment("DURE_WALLET", environment("HOME", ".") + "/.dure");
}

void print_error(const Error& error, bool json) {
    if (json) {
        std::cerr << boost::json::serialize(boost::json::object{
                         {"error", {{"code", name_of(error.code)}, {"message", error.message}}}})
                  << '\n';
    } else {
        std::cerr << "dure: " << error.message << '\n';
    }
}

}  // namespace

ExitCode exit_code_for(ErrorCode code) {
    switch (code) {
        case ErrorCode::malformed:
        case ErrorCode::out_of_range:
            return ExitCode::usage;
        case ErrorCode::not_found:
            return ExitCode::not_found;
        case ErrorCode::unavailable:
            return ExitCode::unavailable;
        case ErrorCode::duplicate:
        case ErrorCode::conflict:
        case ErrorCode::expired:
        case ErrorCode::insufficient:
        case ErrorCode::unauthorized:
        case ErrorCode::invalid_signature:
        case ErrorCode::invalid:
            return ExitCode::refused;
        case ErrorCode::corrupt:
        case ErrorCode::io:
        case ErrorCode::internal:
            return ExitCode::failure;
    }
    return ExitCode::failure;
}

Program::Program() : app_("Dure: a language model that belongs to those who make it.", "dure") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_version_flag("--version", std::string("dure ") + k_version);
    app_.footer(k_exit_codes);
    options_.node = environment("DURE_NODE", "http://127.0.0.1:8470");
    options_.wallet = default_wallet();
    const char* const group = "Options of every command";
    app_.add_option("--node", options_.node, "URL of a node's HTTP API")
        ->capture_default_str()
        ->type_name("URL")
        ->group(group);
    app_.add_option("--wallet", options_.wallet, "folder of your key files")
        ->capture_default_str()
        ->type_name("FOLDER")
        ->group(group);
    app_.add_option("--password-file", options_.password_file,
                    "file whose first line is the wallet's password")
        ->type_name("FILE")
        ->group(group);
    app_.add_flag("--json", options_.json, "print JSON for programs")->group(group);
}

CLI::App& Program::command(CLI::App* parent, const std::string& name, const std::string& description,
                           const std::vector<std::string>& examples, const std::string& details) {
    CLI::App* command = (parent != nullptr ? parent : &app_)->add_subcommand(name, description);
    std::string footer = examples.size() == 1 ? "Example:\n" : "Examples:\n";
    for (const std::string& example : examples)
        footer += "  " + example + "\n";
    if (!details.empty()) footer += "\n" + details + "\n";
    footer += "\nAlso takes --node, --wallet, --password-file and --json (see dure --help).";
    command->footer(footer);
    return *command;
}

void Program::action(CLI::App& command, std::function<Status()> run) {
    actions_.emplace_back(&command, std::move(run));
}

std::string Program::unknown_command(int argc, const char* const* argv) const {
    if (argc < 2 || argv[1][0] == '-') return "";
    const auto commands =
        app_.get_subcommands([&](const CLI::App* command) { return command->get_name() == argv[1]; });
    return commands.empty() ? argv[1] : "";
}

int Program::run(int argc, const char* const* argv) {
    try {
        app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app_.exit(error);
        // The options of a line that does not parse may not have been taken over yet.
        const bool json = std::any_of(argv, argv + argc,
                                      [](const char* word) { return std::string_view(word) == "--json"; });
        const std::string unknown = unknown_command(argc, argv);
        if (!unknown.empty()) {
            print_error(
                {ErrorCode::malformed, "there is no command '" + unknown + "'; dure --help lists them"},
                json);
        } else if (json) {
            print_error({ErrorCode::malformed, error.what()}, true);
        } else {
            app_.exit(error);
        }
        return static_cast<int>(ExitCode::usage);
    }
    for (const auto& [command, run_action] : actions_) {
        if (!command->parsed()) continue;
        try {
            const Status status = run_action();
            std::cout.flush();
            if (status) return static_cast<int>(ExitCode::ok);
            print_error(status.error(), options_.json);
            return static_cast<int>(exit_code_for(status.error().code));
        } catch (const std::exception& exception) {
            print_error({ErrorCode::internal, std::string("unexpected: ") + exception.what()}, options_.json);
            return static_cast<int>(ExitCode::failure);
        }
    }
    std::cerr << app_.help();
    return static_cast<int>(ExitCode::usage);
}

}  // namespace dure::tools
