#include "node/api/completion_request.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <random>

#include "node/api/completion_body.h"

namespace dure::node {
namespace {

Result<CompletionRequest> read(const std::string& text) {
    DURE_TRY(const boost::json::object body, parse_json_object(text));
    return read_completion_request(body);
}

TEST(CompletionRequest, EveryFieldIsRead) {
    const auto request = read(
        R"({"model":"m","prompt":"논","max_tokens":7,"temperature":0.5,"top_p":0.25,"top_k":9,"seed":11,
            "stop":["a","끝"],"logprobs":3,"n":2,"stream":true,"stream_options":{"include_usage":true}})");
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->call.prompt, "논");
    EXPECT_EQ(request->call.params.max_tokens, 7U);
    EXPECT_EQ(request->call.params.temperature.exact(), 0.5);
    EXPECT_EQ(request->call.params.top_p.exact(), 0.25);
    EXPECT_EQ(request->call.params.top_k, 9U);
    EXPECT_EQ(request->call.params.seed, 11U);
    EXPECT_EQ(request->call.stops, (std::vector<std::string>{"a", "끝"}));
    EXPECT_EQ(request->call.log_probabilities, 3U);
    EXPECT_EQ(request->call.choices, 2U);
    EXPECT_TRUE(request->stream);
    EXPECT_TRUE(request->include_usage);
    const auto plain = read(R"({"prompt":"a","stop":"b"})");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->call.stops, std::vector<std::string>{"b"});
    EXPECT_FALSE(plain->call.log_probabilities);
    EXPECT_FALSE(plain->stream);
    EXPECT_TRUE(read(R"({"prompt":"a","stop":null})"));
}

TEST(CompletionRequest, WhatIsWrongIsNamed) {
    for (const char* field :
         {"\"max_tokens\":0", "\"temperature\":2.5", "\"temperature\":-1", "\"top_p\":0", "\"top_p\":1.5",
          "\"top_k\":-1", "\"n\":0", "\"n\":9", "\"logprobs\":21", "\"stop\":1", "\"stop\":[1]",
          "\"stream\":\"yes\"", "\"stream_options\":{}", "\"echo\":true", "\"best_of\":2"}) {
        const auto request = read(std::string("{\"prompt\":\"a\",") + field + "}");
        ASSERT_FALSE(request) << field;
        const std::string name = std::string(field).substr(1, std::string(field).find('"', 1) - 1);
        EXPECT_NE(request.error().message.find(name), std::string::npos) << request.error().message;
    }
    EXPECT_FALSE(read("{}"));
}

TEST(CompletionRequest, MutatedRequestsAreReadOrRefused) {
    std::mt19937 random(1);
    const std::string good =
        R"({"prompt":"논","max_tokens":7,"temperature":0.5,"stop":["a"],"logprobs":3,"n":2,"stream":true,"stream_options":{"include_usage":true}})";
    ASSERT_TRUE(read(good));
    for (int i = 0; i < 20'000; ++i) {
        std::string mutated = good;
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            const std::size_t at = random() % mutated.size();
            if (random() % 2 == 0) {
                mutated[at] = static_cast<char>(random() % 128);
            } else {
                mutated.erase(at, 1 + random() % 3);
            }
            if (mutated.empty()) mutated = "{";
        }
        static_cast<void>(read(mutated));
    }
}

TEST(TokenText, IsValidUtf8WhateverTheBytes) {
    EXPECT_EQ(token_text("논"), "논");
    EXPECT_EQ(token_text(" a"), " a");
    EXPECT_EQ(token_text("\xEB"), "bytes:\\xeb");
    EXPECT_EQ(token_text("\x85\xBC"), "bytes:\\x85\\xbc");
    EXPECT_EQ(token_text(""), "");
}

}  // namespace
}  // namespace dure::node
