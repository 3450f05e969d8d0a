#include "node/config.h"

#include <gtest/gtest.h>

namespace dure::node {
namespace {

TEST(Config, TheDefaultTextSetsNothing) {
    const auto config = parse_config(default_config_text(), "/somewhere");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->data_dir.lexically_normal(), "/somewhere/");
    NodeConfig plain;
    plain.data_dir = config->data_dir;
    plain.genesis_file = config->genesis_file;
    plain.key_file = config->key_file;
    EXPECT_EQ(to_toml(*config), to_toml(plain));
}

TEST(Config, EveryDefaultOfTheTextIsTheProgramsDefault) {
    std::string text(default_config_text());
    for (std::size_t at = text.find("\n#"); at != std::string::npos; at = text.find("\n#", at + 1)) {
        if (text[at + 2] != ' ') text.erase(at + 1, 1);
    }
    const auto config = parse_config(text, "/somewhere");
    ASSERT_TRUE(config) << config.error().message;
    NodeConfig plain;
    plain.data_dir = config->data_dir;
    plain.genesis_file = config->genesis_file;
    plain.key_file = config->key_file;
    EXPECT_EQ(to_toml(*config), to_toml(plain));
    EXPECT_EQ(config->genesis_file.filename(), "genesis.bin");
}

TEST(Config, WhatToTomlWritesReadsBack) {
    NodeConfig config;
    config.data_dir = "/data dir/\"x\"";
    config.genesis_file = "/elsewhere/genesis.bin";
    config.key_file = config.data_dir / "node.key";
    config.peers = {"127.0.0.1:1", "[::1]:2"};
    config.trainer = false;
    config.server = true;
    config.cores = 7;
    config.api_advertised = "https://dure.example";
    config.price_per_input_token = Coin{1};
    config.server_bond = Coin{12'500'000'000};
    config.block_interval = std::chrono::milliseconds(123);
    const auto back = parse_config(to_toml(config), "/ignored");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_toml(*back), to_toml(config));
    EXPECT_EQ(back->data_dir, config.data_dir);
    EXPECT_EQ(back->peers, config.peers);
    EXPECT_EQ(back->price_per_input_token, config.price_per_input_token);
    EXPECT_EQ(back->server_bond, config.server_bond);
    EXPECT_FALSE(back->trainer);
    EXPECT_TRUE(back->server);
}

TEST(Config, MistakesAreNamed) {
    const auto message = [](const char* text) {
        const auto config = parse_config(text, "/");
        return config ? std::string() : config.error().message;
    };
    EXPECT_NE(message("colour = 1").find("colour"), std::string::npos);
    EXPECT_NE(message("[peers]\nlisen = \"x\"").find("peers.lisen"), std::string::npos);
    EXPECT_NE(message("\n\n[limits]\ncores = 0").find("line 4"), std::string::npos);
    EXPECT_NE(message("[limits]\ncores = \"two\"").find("limits.cores"), std::string::npos);
    EXPECT_NE(message("limits = 3").find("limits"), std::string::npos);
    EXPECT_NE(message("[api]\nadvertised = \"dure.example:8470\"").find("api.advertised"), std::string::npos);
    EXPECT_NE(message("[server]\nbond = \"a lot\"").find("server.bond"), std::string::npos);
    EXPECT_NE(message("roles = [\"king\"]").find("king"), std::string::npos);
    EXPECT_NE(message("[training]\nkernels = \"gpu\"").find("avx512"), std::string::npos);
    EXPECT_NE(message("this is = = not toml").find("line 1"), std::string::npos);
    EXPECT_EQ(load_config("/no/such/file.toml").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace dure::node
