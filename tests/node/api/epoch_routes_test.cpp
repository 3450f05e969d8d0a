// What a running node tells of its validators, and that a light client can believe what it shows.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/codec.h"
#include "base/protocol/light_client.h"
#include "tests/node/api/served_network.h"

namespace dure::node {
namespace {

namespace json = boost::json;

class EpochRoutes : public ::testing::Test {
  protected:
    json::value get(const std::string& target, unsigned status = 200) {
        const HttpResponse response = network_.get(0, target);
        EXPECT_EQ(response.status, status) << response.body;
        return json::parse(response.body);
    }
    template <class T>
    static T decoded(const json::value& hex) {
        return *decode<T>(*from_hex(std::string_view(hex.as_string())));
    }

    test::ServedNetwork network_{2};
};

TEST_F(EpochRoutes, ValidatorsAreGenesissWhileThereIsOneEpoch) {
    const json::value answer = get("/v1/validators");
    const ledger::Genesis genesis = test::make_genesis(2, 4);
    ASSERT_EQ(answer.at("validators").as_array().size(), 2U);
    EXPECT_EQ(answer.at("validators").at(0).at("address").as_string(),
              genesis.validators[0].account.address());
    EXPECT_EQ(answer.at("validators").at(0).at("weight_shares").as_string(), "100");
    EXPECT_TRUE(answer.at("last").is_null());
    EXPECT_EQ(answer.at("candidates").as_array().size(), 2U);
}

TEST_F(EpochRoutes, NoEpochHasEndedWhileThereIsOne) {
    const json::value answer = get("/v1/epochs?from=0");
    EXPECT_TRUE(answer.at("items").as_array().empty());
    EXPECT_TRUE(answer.at("next").is_null());
    get("/v1/epochs?from=first", 400);
}

TEST_F(EpochRoutes, NothingCanBeChangedWhileThereIsOneEpoch) {
    const json::value answer = get("/v1/changes");
    EXPECT_FALSE(answer.at("possible").as_bool());
    EXPECT_TRUE(answer.at("items").as_array().empty());
    EXPECT_EQ(answer.at("deposit_dure").as_string(), "10");
}

TEST_F(EpochRoutes, ALightClientBelievesTheHeaderOfAProof) {
    ASSERT_TRUE(network_.reach(3));
    const ledger::Genesis genesis = test::make_genesis(2, 4);
    const json::value answer = get("/v1/accounts/" + genesis.validators[0].account.address() + "?proof=1");
    const auto header = decoded<protocol::Header>(answer.at("proof").at("header"));
    const auto finalization = decoded<protocol::Certificate>(answer.at("proof").at("finalization"));
    const protocol::LightClient client(genesis.chain_id(), genesis.validator_set());
    EXPECT_TRUE(client.check_final(header, finalization).has_value());
    protocol::Header other = header;
    other.state_root = {};
    EXPECT_FALSE(client.check_final(other, finalization).has_value());
}

}  // namespace
}  // namespace dure::node
