// A node like any other, but for one thing: it flips one bit of each update it trains, and commits to the
// forged one.
#include <filesystem>
#include <iostream>
#include <string_view>

#include "base/blob.h"
#include "node/node.h"
#include "tools/dure/run_node.h"

namespace {

dure::Result<dure::trainer::UnitResult> forge(const dure::trainer::Kernels& kernels,
                                              const dure::trainer::WorkUnit& unit, const dure::Hash& secret,
                                              const dure::trainer::ProgressCallback& progress,
                                              const dure::trainer::KeepState& keep) {
    auto result = dure::trainer::train_unit(kernels, unit, secret, progress, keep);
    if (result && !result->update.empty()) {
        result->update[result->update.size() / 2] ^= 1;
        result->update_hash = dure::blob_hash(result->update);
    }
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || std::string_view(argv[1]) != "--data") {
        std::cerr << "usage: forging_node --data FOLDER\n";
        return 2;
    }
    const auto run = [&]() -> dure::Status {
        DURE_TRY(const dure::node::NodeConfig config,
                 dure::node::load_config(std::filesystem::path(argv[2]) / dure::tools::k_config_file));
        DURE_TRY(const dure::SecretKey key, dure::node::load_node_key(config.key_file));
        return dure::tools::run_node(config, key, false, {.train = forge});
    };
    const dure::Status status = run();
    if (!status) std::cerr << "forging_node: " << status.error().message << '\n';
    return status ? 0 : 1;
}
