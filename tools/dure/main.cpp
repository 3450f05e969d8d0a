// The `dure` command. Everything it can do stands in commands.cpp.
#include <csignal>

#include "tools/dure/program.h"

int main(int argc, char** argv) {
    // A reader that goes away (dure owners | head) ends the write with an error instead of the process with a
    // signal.
    std::signal(SIGPIPE, SIG_IGN);
    dure::tools::Program program;
    dure::tools::add_all_commands(program);
    return program.run(argc, argv);
}
