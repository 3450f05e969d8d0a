// dure node: runs a node until it is told to stop.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>

#include "node/log.h"
#include "node/node.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/run_node.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

constexpr std::chrono::seconds k_time_to_end{3};

}  // namespace

Result<SecretKey> unlock_node_key(const node::NodeConfig& config, const PasswordSource& password) {
    auto key = node::load_node_key(config.key_file);
    if (key || key.error().code != ErrorCode::unauthorized) return key;
    DURE_TRY(const std::string secret, password("the node's key " + config.key_file.string()));
    return node::load_node_key(config.key_file, secret);
}

Status run_node(const node::NodeConfig& config, const SecretKey& key, bool as_json, node::RoleHooks hooks) {
    node::begin_log(config.log_level, config.log_format);
    boost::asio::io_context io(1);
    DURE_TRY(const std::unique_ptr<node::Node> running, node::Node::open(io, config, key, std::move(hooks)));
    DURE_CHECK(running->start());
    if (as_json) {
        std::cout << boost::json::serialize(boost::json::object{{"address", running->account().address()},
                                                                {"peers", running->peer_endpoint()},
                                                                {"api", "http://" + running->api_endpoint()}})
                  << std::endl;
    } else {
        std::cout << "node " << running->account().address() << "\nother nodes reach it at "
                  << running->peer_endpoint() << "\nprograms reach it at http://" << running->api_endpoint()
                  << "\nCtrl-C stops it" << std::endl;
    }
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (error) return;
        io.stop();
    });
    io.run();
    // What is under way gets a few turns to end; nothing new begins.
    running->stop();
    io.restart();
    io.run_for(k_time_to_end);
    return {};
}

void add_node(Program& program) {
    const auto folder = std::make_shared<std::string>();
    CLI::App& command = program.command(nullptr, "node", "run a node", {"dure node --data ~/.dure/node"},
                                        "Reads config.toml in the node's folder (dure init makes one, each "
                                        "key explained). Runs until Ctrl-C or SIGTERM.");
    command.add_option("--data", *folder, "the node's folder")->required()->type_name("FOLDER");
    const auto device = std::make_shared<std::string>();
    command.add_option("--device", *device, "cpu, cuda or auto, instead of what training.device says")
        ->check(CLI::IsMember({"cpu", "cuda", "auto"}));
    const SharedOptions& shared = program.options();
    program.action(command, [folder, device, &shared]() -> Status {
        DURE_TRY(node::NodeConfig config, node::load_config(std::filesystem::path(*folder) / k_config_file));
        if (!device->empty()) config.device = *device;
        DURE_TRY(const SecretKey key, unlock_node_key(config, password_source(shared)));
        return run_node(config, key, shared.json);
    });
}

}  // namespace dure::tools
