#include "tools/bench/peer_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace dure::bench {

PeerProcess::PeerProcess(const std::vector<std::string>& command,
                         const std::map<std::string, std::string>& environment) {
    std::signal(SIGPIPE, SIG_IGN);
    int to[2] = {-1, -1};
    int from[2] = {-1, -1};
    if (pipe(to) != 0 || pipe(from) != 0) return;
    child_ = fork();
    if (child_ == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        for (const int end : {to[0], to[1], from[0], from[1]})
            close(end);
        for (const auto& [name, value] : environment)
            setenv(name.c_str(), value.c_str(), 1);
        std::vector<std::string> words = command;
        std::vector<char*> arguments;
        for (std::string& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        execvp(arguments[0], arguments.data());
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    input_ = fdopen(to[1], "w");
    output_ = fdopen(from[0], "r");
}

PeerProcess::~PeerProcess() {
    if (input_ != nullptr) std::fclose(input_);
    if (output_ != nullptr) std::fclose(output_);
    if (child_ > 0) waitpid(child_, nullptr, 0);
}

std::string PeerProcess::line() {
    std::string text;
    for (int c = output_ == nullptr ? EOF : std::fgetc(output_); c != EOF && c != '\n';
         c = std::fgetc(output_))
        text.push_back(static_cast<char>(c));
    return text;
}

std::string PeerProcess::step() {
    if (input_ == nullptr || std::fputs("step\n", input_) < 0 || std::fflush(input_) != 0) return "";
    return line();
}

}  // namespace dure::bench
