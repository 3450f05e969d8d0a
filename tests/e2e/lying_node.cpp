// A node like any other, but for one thing: it sells, delivers and signs other answers than the model gave.
#include <filesystem>
#include <iostream>
#include <string_view>

#include "node/node.h"
#include "tools/dure/run_node.h"

namespace {

dure::node::RunPart lie(dure::node::RunPart part) {
    constexpr dure::trainer::Token k_said = 300;
    for (dure::trainer::Token& token : part.tokens)
        token = token == k_said ? k_said + 1 : k_said;
    if (!part.text.empty()) part.text = "x";
    return part;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || std::string_view(argv[1]) != "--data") {
        std::cerr << "usage: lying_node --data FOLDER\n";
        return 2;
    }
    const auto run = [&]() -> dure::Status {
        DURE_TRY(const dure::node::NodeConfig config,
                 dure::node::load_config(std::filesystem::path(argv[2]) / dure::tools::k_config_file));
        DURE_TRY(const dure::SecretKey key, dure::node::load_node_key(config.key_file));
        return dure::tools::run_node(config, key, false, {.tell = lie});
    };
    const dure::Status status = run();
    if (!status) std::cerr << "lying_node: " << status.error().message << '\n';
    return status ? 0 : 1;
}
