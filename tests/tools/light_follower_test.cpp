// What a light client makes of nodes that tell the truth, that lie, and that move on while they are asked.
#include "tools/dure/light_follower.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "base/codec.h"

namespace dure::tools {
namespace {

namespace json = boost::json;
using protocol::Epoch;
using protocol::Finalize;
using protocol::Height;

Hash named(const std::string& text) {
    static const TaggedHash hash("dure/test");
    return hash(as_bytes(text));
}

/// Three validators an epoch, others in each; ten blocks an epoch.
class FakeNode {
  public:
    std::uint64_t running = 0;   ///< the epoch of its newest block
    std::uint64_t page = 2;      ///< ends that it shows at a time
    std::uint64_t liars = 1000;  ///< from this epoch on somebody else signs
    bool moves_on = false;       ///< an epoch ends between two questions

    static Hash chain() { return named("chain"); }
    std::vector<SecretKey> keys(std::uint64_t epoch, bool true_ones = true) const {
        std::vector<SecretKey> made;
        for (int i = 0; i < 3; ++i) {
            made.push_back(SecretKey::from_seed((true_ones ? "validator " : "liar ") + std::to_string(epoch) +
                                                " " + std::to_string(i)));
        }
        std::sort(made.begin(), made.end(),
                  [](const SecretKey& a, const SecretKey& b) { return a.account() < b.account(); });
        return made;
    }
    protocol::ValidatorSet set(std::uint64_t epoch) const {
        protocol::ValidatorSet made;
        for (const SecretKey& key : keys(epoch))
            made.validators.push_back({key.account(), 1});
        return made;
    }
    protocol::Certificate finalization(const protocol::Header& header) const {
        const std::uint64_t epoch = header.epoch.value;
        const protocol::Vote vote = Finalize{{1}, block_hash(header)};
        protocol::Certificate made;
        made.epoch = header.epoch;
        made.vote = vote;
        made.signers = Bytes{7};
        for (const SecretKey& key : keys(epoch, epoch < liars))
            made.signatures.push_back(sign_vote(chain(), header.epoch, vote, key).signature);
        return made;
    }
    protocol::Header header(std::uint64_t epoch, std::uint64_t height) const {
        protocol::Header made;
        made.chain_id = chain();
        made.epoch = {epoch};
        made.height = {height};
        return made;
    }
    protocol::EpochEnd end(std::uint64_t epoch) const {
        protocol::EpochEnd made;
        made.header = header(epoch, 10 * (epoch + 1));
        made.next = set(epoch + 1);
        made.header.next_validators = made.next.hash();
        made.finalization = finalization(made.header);
        return made;
    }

    Result<json::value> answer(std::string_view target) {
        constexpr std::string_view k_epochs = "/v1/epochs?from=";
        if (target.starts_with(k_epochs)) {
            std::uint64_t epoch = std::stoull(std::string(target.substr(k_epochs.size())));
            json::array items;
            for (; epoch < running && items.size() < page; ++epoch)
                items.push_back(json::object{{"epoch", epoch}, {"end", to_hex(encode(end(epoch)))}});
            json::object body{{"items", std::move(items)}, {"running", running}};
            body["next"] = epoch < running ? json::value(std::to_string(epoch)) : json::value(nullptr);
            if (moves_on && epoch == running) {
                ++running;
                moves_on = false;
            }
            return json::value(std::move(body));
        }
        const protocol::Header newest = header(running, 10 * running + 4);
        return json::value(
            json::object{{"proof", json::object{{"header", to_hex(encode(newest))},
                                                {"finalization", to_hex(encode(finalization(newest)))}}}});
    }
    AskNode ask() {
        return [this](std::string_view target) { return answer(target); };
    }
    protocol::LightClient client() const { return {chain(), set(0)}; }
};

Result<NewestFinal> newest(protocol::LightClient& client, FakeNode& node) {
    return ask_newest(client, node.ask(), SecretKey::from_seed("somebody").account());
}

TEST(LightFollower, GoesThroughPagesOfEpochsToTheNewestBlock) {
    FakeNode node;
    node.running = 5;
    protocol::LightClient client = node.client();
    const auto found = newest(client, node);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(found->header.height, Height{54});
    EXPECT_EQ(client.progress().epoch, Epoch{5});
}

TEST(LightFollower, FollowsOnceMoreWhenAnEpochEndsMeanwhile) {
    FakeNode node;
    node.running = 1;
    node.moves_on = true;
    protocol::LightClient client = node.client();
    const auto found = newest(client, node);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(found->header.epoch, Epoch{2});
}

TEST(LightFollower, KnowsALieWhereverItBegins) {
    for (const std::uint64_t first : {0U, 2U, 4U}) {
        FakeNode node;
        node.running = 4;
        node.liars = first;
        protocol::LightClient client = node.client();
        const auto found = newest(client, node);
        ASSERT_FALSE(found.has_value());
        EXPECT_TRUE(is_lie(found.error())) << found.error().message;
        EXPECT_EQ(client.progress().epoch, Epoch{first});  // what was true of it is known
    }
    FakeNode node;
    node.running = 3;
    node.page = 0;  // shows nothing, and says that there is more
    protocol::LightClient client = node.client();
    EXPECT_TRUE(is_lie(newest(client, node).error()));
    const AskNode away = [](std::string_view) -> Result<json::value> {
        return Error{ErrorCode::unavailable, "nobody answers"};
    };
    EXPECT_FALSE(is_lie(ask_newest(client, away, {}).error()));
}

TEST(LightFollower, GoesOnWhereItsFileSays) {
    const auto folder = std::filesystem::path(::testing::TempDir()) / "dure_light_follower";
    std::filesystem::remove_all(folder);
    const auto file = folder / "light.progress";
    EXPECT_EQ(open_light_client(file, "").error().code, ErrorCode::not_found);
    FakeNode node;
    node.running = 3;
    protocol::LightClient client = node.client();
    ASSERT_TRUE(follow_epochs(client, node.ask()).has_value());
    ASSERT_TRUE(keep_progress(client, file).has_value());
    const auto again = open_light_client(file, "");
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(again->progress(), client.progress());
    std::ofstream(file, std::ios::app) << "x";
    EXPECT_FALSE(open_light_client(file, "").has_value());
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace dure::tools
