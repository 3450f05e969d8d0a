// What a node says to whoever keeps it running: /healthz, /readyz, and /metrics of a node that neither trains nor sells.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/node/api/served_network.h"
#include "tests/support/metrics_text.h"

namespace dure::node {
namespace {

namespace json = boost::json;
using test::MetricsFamily;
using test::MetricsReader;
using test::ServedNetwork;

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

TEST(MetricsText, RefusesWhatTheFormatDoesNotKnow) {
    const std::string good =
        "# HELP a_total b \\n c\n# TYPE a_total counter\na_total{x=\"\\\"\"} 1\na_total{x=\"y\"} 2.5e3\n";
    EXPECT_EQ(MetricsReader::read(good).at("a_total").samples.size(), 2U);
    for (const char* const bad : {
             "",
             "a 1",
             "a 1\n",
             "# HELP a b\na 1\n",
             "# HELP a b\n# TYPE a gauge\n",
             "# HELP a b\n# TYPE a speed\na 1\n",
             "# HELP a b\n# TYPE a gauge\nb 1\n",
             "# HELP a b\n# TYPE a gauge\na one\n",
             "# HELP a b\n# TYPE a gauge\na 1\na 1\n",
             "# HELP a b\n# TYPE a gauge\na{x=1} 1\n",
             "# HELP a b\na 1\n# TYPE a gauge\n",
             "# HELP a b\n# TYPE a gauge\na 1\n# HELP b b\n# TYPE b gauge\nb 1\na{x=\"y\"} 1\n",
             "# HELP 1a b\n# TYPE 1a gauge\n1a 1\n",
             "# HELP a b\\t\n# TYPE a gauge\na 1\n",
         }) {
        EXPECT_THROW(MetricsReader::read(bad), std::runtime_error) << bad;
    }
}

TEST(Operating, MetricsAreInTheTextFormatAndNamedByItsConventions) {
    ServedNetwork network(1);
    ASSERT_TRUE(network.reach(3));
    const HttpResponse answer = network.get(0, "/metrics");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    const auto families = MetricsReader::read(answer.body);
    for (const auto& [name, family] : families) {
        EXPECT_EQ(ends_with(name, "_total"), family.type == "counter") << name;
        EXPECT_TRUE(name.starts_with("dure_") || name.starts_with("process_")) << name;
        EXPECT_EQ(family.help.back(), '.') << name;
        for (const char* const unit : {"_ms", "_milliseconds", "_kib", "_mib", "_percent"})
            EXPECT_EQ(name.find(unit), std::string::npos) << name;
        for (const auto& [sample, value] : family.samples)
            EXPECT_TRUE(family.type != "counter" || value >= 0) << sample;
    }
    const auto value = [&](const std::string& name) { return families.at(name).samples.at(name); };
    EXPECT_GE(value("dure_chain_height"), 3);
    EXPECT_EQ(value("dure_chain_blocks_total"), value("dure_chain_height"));
    EXPECT_EQ(value("dure_chain_voting"), 1);
    EXPECT_GE(value("dure_chain_proposals_total"), 3);
    EXPECT_GE(families.at("dure_chain_finality_seconds").samples.at("dure_chain_finality_seconds_count"), 3);
    EXPECT_GT(families.at("dure_chain_finality_seconds").samples.at("dure_chain_finality_seconds_sum"), 0);
    EXPECT_GT(value("dure_chain_last_final_timestamp_seconds"), value("process_start_time_seconds"));
    EXPECT_GT(value("dure_storage_free_bytes"), 0);
    EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
    EXPECT_FALSE(families.contains("dure_work_trained_units_total"));
    EXPECT_FALSE(families.contains("dure_answers_paid_total"));
}

TEST(Operating, PeersAndTheirTrafficAreCounted) {
    ServedNetwork network(2);
    ASSERT_TRUE(network.reach(3));
    const auto families = MetricsReader::read(network.get(0, "/metrics").body);
    double connected = 0;
    for (const auto& [sample, value] : families.at("dure_peers_connected").samples)
        connected += value;
    EXPECT_EQ(connected, 1);
    for (const char* const name :
         {"dure_peers_connections_total", "dure_peers_received_bytes_total", "dure_peers_sent_bytes_total"})
        EXPECT_GT(families.at(name).samples.at(name), 0) << name;
    network.kill(1);
    ASSERT_TRUE(network.run_until([&] { return network.peers(0).connected().empty(); }));
    const auto after = MetricsReader::read(network.get(0, "/metrics").body);
    const std::string received = "dure_peers_received_bytes_total";
    EXPECT_GE(after.at(received).samples.at(received), families.at(received).samples.at(received))
        << "a counter never falls";
}

TEST(Operating, ANodeIsAliveBeforeItIsReady) {
    ServedNetwork network(2);
    EXPECT_EQ(network.get(0, "/healthz").status, 200U);
    ASSERT_TRUE(network.reach(2));
    const HttpResponse ready = network.get(0, "/readyz");
    EXPECT_EQ(ready.status, 200U) << ready.body;
    EXPECT_GE(json::parse(ready.body).at("height").as_int64(), 2);
    network.kill(1);
    ASSERT_TRUE(network.run_until([&] { return network.peers(0).connected().empty(); }));
    const HttpResponse alone = network.get(0, "/readyz");
    EXPECT_EQ(alone.status, 503U);
    EXPECT_NE(alone.body.find("peers.connect"), std::string::npos) << alone.body;
    EXPECT_EQ(network.get(0, "/healthz").status, 200U);
}

TEST(Operating, TheOnlyValidatorIsReadyAlone) {
    ServedNetwork network(1);
    ASSERT_TRUE(network.reach(1));
    EXPECT_EQ(network.get(0, "/readyz").status, 200U);
}

}  // namespace
}  // namespace dure::node
