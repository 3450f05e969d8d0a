// dure completion: tab completion, made from the same declarations as --help, so that the two never differ.
#include <iostream>
#include <string>
#include <vector>

#include "tools/dure/commands.h"

namespace dure::tools {

namespace {

/// The words that may follow `command`: its subcommands' names and its and the shared options.
std::string words_after(const CLI::App& command, const CLI::App& root) {
    std::string words;
    for (const CLI::App* sub : command.get_subcommands({}))
        words += sub->get_name() + " ";
    for (const CLI::App* app : {&command, &root}) {
        for (const CLI::Option* option : app->get_options()) {
            if (!option->get_lnames().empty() &&
                (app == &command || option->get_lnames().front() != "version")) {
                const std::string word = "--" + option->get_lnames().front();
                if ((" " + words).find(" " + word + " ") == std::string::npos) words += word + " ";
            }
        }
    }
    words.erase(words.find_last_not_of(' ') + 1);
    return words;
}

/// One place on the command line ("keys new") and what may follow it.
struct Place {
    std::string path;
    std::string words;
};

void collect(const CLI::App& command, const CLI::App& root, const std::string& path,
             std::vector<Place>& places) {
    places.push_back({path, words_after(command, root)});
    for (const CLI::App* sub : command.get_subcommands({})) {
        collect(*sub, root, path.empty() ? sub->get_name() : path + " " + sub->get_name(), places);
    }
}

/// Walks the words typed so far down the tree of commands, then offers what may follow there, or files.
std::string bash_script(const CLI::App& root) {
    std::vector<Place> places;
    collect(root, root, "", places);
    std::string known = "|";
    std::string cases;
    for (const Place& place : places) {
        known += place.path + "|";
        cases += "    '" + place.path + "') words='" + place.words + "' ;;\n";
    }
    return "# tab completion for dure; load it with:  source <(dure completion bash)\n"
           "_dure() {\n"
           "  local current=${COMP_WORDS[COMP_CWORD]} path= next word words= known='" +
           known +
           "'\n"
           "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "    next=${path:+$path }$word\n"
           "    case \"$known\" in *\"|$next|\"*) path=$next ;; esac\n"
           "  done\n"
           "  case \"$path\" in\n" +
           cases +
           "  esac\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "}\n"
           "complete -o default -F _dure dure\n";
}

}  // namespace

void add_completion(Program& program) {
    CLI::App& completion = program.command(nullptr, "completion", "tab completion for your shell",
                                           {"source <(dure completion bash)"});
    completion.require_subcommand(1);
    CLI::App& bash = program.command(
        &completion, "bash", "for bash",
        {"source <(dure completion bash)", "dure completion bash > /etc/bash_completion.d/dure"});
    program.action(bash, [&program]() -> Status {
        std::cout << bash_script(program.root());
        return {};
    });
}

}  // namespace dure::tools
