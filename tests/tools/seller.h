// A chain of one validator that sells answers of a small model, over HTTP on loopback.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "node/node.h"
#include "node/node_files.h"
#include "tests/node/storage/temporary_directory.h"
#include "tools/dure/node_folder.h"

namespace dure::tools {

inline constexpr Coin k_input_price{7};
inline constexpr Coin k_output_price{1'000};
inline constexpr std::size_t k_customers = 8;

inline SecretKey customer_key(std::size_t number) {
    return SecretKey::from_seed("customer " + std::to_string(number));
}

inline std::string some_text(unsigned lines) {
    std::string text;
    const char* const words[] = {"농부가 ", "아이가 ", "논에서 ",  "밭에서 ",
                                 "노래를 ", "책을 ",   "부른다. ", "읽었다. "};
    for (unsigned i = 0; i < lines; ++i) {
        for (unsigned j = 0; j < 9; ++j)
            text += words[(i * 31 + j * j * 7 + i * j) % 8];
        text += std::to_string(i) + "\n";
    }
    return text;
}

/// A chain of one validator that sells answers, on a thread of its own.
class Seller {
  public:
    explicit Seller(const std::function<void(node::NodeConfig&)>& change = {}) {
        NewModelOptions options;
        options.unit_steps = 4;
        options.vocab = 400;
        auto model = make_model(some_text(400), some_text(60), options, [](const std::string&) {});
        EXPECT_TRUE(model) << model.error().message;
        std::vector<ledger::GenesisBalance> balances;
        for (std::size_t i = 0; i < k_customers; ++i)
            balances.push_back({customer_key(i).account(), Coin{k_grain_per_dure}});
        const SecretKey key = SecretKey::from_seed("seller");
        balances.push_back({key.account(), Coin{k_grain_per_dure}});
        const FoundingNode founder{key,
                                   key.account(),
                                   Shares{100 * k_units_per_share},
                                   ledger::k_role_server,
                                   "127.0.0.1:1",
                                   "",
                                   k_input_price,
                                   k_output_price};
        auto genesis = make_genesis("test", {}, model->genesis, {founder}, std::move(balances));
        EXPECT_TRUE(genesis) << genesis.error().message;
        node::NodeConfig config;
        config.data_dir = folder_.path() / "node";
        config.genesis_file = config.data_dir / node::k_genesis_file;
        config.key_file = config.data_dir / node::k_node_key_file;
        config.trainer = false;
        config.server = true;
        config.price_per_input_token = k_input_price;
        config.price_per_output_token = k_output_price;
        config.block_interval = std::chrono::milliseconds(20);
        config.delta = std::chrono::milliseconds(100);
        config.log_level = "warning";
        if (change) change(config);
        const Status made = make_node_folder({.config = config,
                                              .key = open_key_file(key),
                                              .genesis = *genesis,
                                              .model = &*model,
                                              .config_text = {}});
        EXPECT_TRUE(made) << made.error().message;
        auto opened = node::Node::open(io_, config, key);
        EXPECT_TRUE(opened) << opened.error().message;
        node_ = std::move(*opened);
        EXPECT_TRUE(node_->start());
        url_ = "http://" + node_->api_endpoint();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Seller() {
        boost::asio::post(io_, [this] {
            node_->stop();
            io_.stop();
        });
        thread_.join();
        node_.reset();
    }

    const std::string& url() const { return url_; }
    std::filesystem::path node_folder() const { return folder_.path() / "node"; }
    std::filesystem::path wallet(std::size_t customer) {
        const auto path = folder_.path() / ("wallet-" + std::to_string(customer));
        std::filesystem::create_directories(path);
        return path;
    }

  private:
    test::TemporaryDirectory folder_;
    boost::asio::io_context io_;
    std::unique_ptr<node::Node> node_;
    std::string url_;
    std::thread thread_;
};

}  // namespace dure::tools
