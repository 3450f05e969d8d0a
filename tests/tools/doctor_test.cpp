// dure doctor: what it says about facts that are handed in, and about real folders, ports and clocks.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/tools/seller.h"
#include "tools/dure/doctor/facts.h"
#include "tools/dure/doctor/time_server.h"
#include "tools/dure/program.h"
#include "tools/dure/run_node.h"

namespace dure::tools {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::udp;

/// A node that is well, and needs nobody.
Facts healthy() {
    Facts facts;
    facts.config = {
        .file = "config.toml", .fault = {}, .roles = {"validator", "trainer"}, .api_is_open = false};
    facts.key.address = "dure1…";
    facts.genesis.chain = "village";
    facts.ports = {{.key = "peers.listen", .address = "0.0.0.0:8471", .fault = {}, .for_others = true},
                   {.key = "api.listen", .address = "127.0.0.1:8470", .fault = {}}};
    facts.disk = {.folder = "/var/lib/dure",
                  .fault = {},
                  .free_bytes = std::uint64_t{100} << 30,
                  .blobs_bytes = 0,
                  .blobs_max_bytes = std::uint64_t{64} << 30};
    facts.clock.disciplined = true;
    facts.cpu = {.fastest = "avx512",
                 .wanted = "auto",
                 .wanted_runs = true,
                 .computes = true,
                 .cores = 4,
                 .wanted_cores = 2};
    facts.cuda = {.wanted = "cpu", .fault = "no GPU"};
    facts.files.limit = 65'536;
    facts.peers.only_validator = true;
    return facts;
}

const Error k_fault{ErrorCode::io, "it is broken"};

Finding find(const std::vector<Finding>& findings, const std::string& check) {
    for (const Finding& finding : findings) {
        if (finding.check == check) return finding;
    }
    ADD_FAILURE() << "nothing is said about " << check;
    return {};
}

TEST(Doctor, FindsNothingWrongWithAHealthyNode) {
    for (const Finding& finding : check_all(healthy())) {
        EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.value;
        EXPECT_EQ(finding.remedy, "") << finding.check;
    }
    EXPECT_EQ(check_all(healthy()).size(), 12U);
}

struct Ill {
    const char* check;
    Verdict verdict;
    std::function<void(Facts&)> make;
    const char* said = "";  ///< in value or remedy
};

TEST(Doctor, FindsEachIllAndSaysWhatToDo) {
    const std::uint64_t gib = std::uint64_t{1} << 30;
    const std::vector<Ill> ills = {
        {"config", Verdict::fail, [](Facts& f) { f.config.fault = k_fault; }, "it is broken"},
        {"config", Verdict::warn, [](Facts& f) { f.config.api_is_open = true; }, "127.0.0.1"},
        {"key", Verdict::fail, [](Facts& f) { f.key.fault = k_fault; }, "backup"},
        {"key", Verdict::warn, [](Facts& f) { f.key.needs_password = true; }, "--password-file"},
        {"genesis", Verdict::fail, [](Facts& f) { f.genesis.fault = k_fault; }, "/v1/genesis"},
        {"node", Verdict::warn,
         [](Facts& f) { f.node = {.running = true, .height = 5, .syncing = true, .peers = 1}; }, "height 5"},
        {"peers' port", Verdict::fail, [](Facts& f) { f.ports[0].fault = k_fault; }, "0.0.0.0:8471"},
        {"peers' port", Verdict::warn, [](Facts& f) { f.ports[0].address = ""; }, "peers.listen"},
        {"peers' port", Verdict::warn, [](Facts& f) { f.ports[0].changes = true; }, "each start"},
        {"peers' port", Verdict::warn, [](Facts& f) { f.ports[0].for_this_machine = true; },
         "peers.advertised"},
        {"API's port", Verdict::fail, [](Facts& f) { f.ports[1].fault = k_fault; }, "api.listen"},
        {"disk", Verdict::fail, [](Facts& f) { f.disk.fault = k_fault; }, "/var/lib/dure"},
        {"disk", Verdict::fail, [gib](Facts& f) { f.disk.free_bytes = gib - 1; }, "0.9 GiB"},
        {"disk", Verdict::fail, [](Facts& f) { f.disk.free_bytes = 0; }, "0.0 GiB"},
        {"disk", Verdict::warn, [gib](Facts& f) { f.disk.free_bytes = 74 * gib - 1; },
         "limits.blobs_max_bytes"},
        {"clock", Verdict::warn, [](Facts& f) { f.clock.disciplined = false; }, "chrony"},
        {"clock", Verdict::warn, [](Facts& f) { f.clock.offset = 2'000ms; }, "2.000 s behind"},
        {"clock", Verdict::fail, [](Facts& f) { f.clock.offset = -75'500ms; }, "75.500 s ahead"},
        {"clock", Verdict::warn, [](Facts& f) { f.clock.fault = k_fault; }, "--time-server"},
        {"cpu", Verdict::fail, [](Facts& f) { f.cpu.wanted_runs = false; }, "training.kernels"},
        {"cpu", Verdict::warn, [](Facts& f) { f.cpu.wanted_cores = 5; }, "limits.cores"},
        {"cpu", Verdict::warn, [](Facts& f) { f.cpu.fastest = "reference"; }, "AVX2"},
        {"cpu", Verdict::warn, [](Facts& f) { f.cpu.wanted = "reference"; }, "auto"},
        {"cuda", Verdict::fail, [](Facts& f) { f.cuda.wanted = "cuda"; }, "training.device"},
        {"files", Verdict::warn, [](Facts& f) { f.files.limit = 1'024; }, "LimitNOFILE"},
        {"peers", Verdict::fail,
         [](Facts& f) {
             f.peers.configured = {{"a:1", k_fault}, {"b:1", k_fault}};
         },
         "0 of 2"},
        {"peers", Verdict::warn,
         [](Facts& f) {
             f.peers.configured = {{"a:1", {}}, {"b:1", k_fault}};
         },
         "b:1"},
        {"peers", Verdict::fail, [](Facts& f) { f.peers.only_validator = false; }, "peers.connect"},
        {"peers", Verdict::warn,
         [](Facts& f) {
             f.peers.only_validator = false;
             f.peers.reachable = true;
         },
         "peers.connect"},
        {"peers", Verdict::fail,
         [](Facts& f) {
             f.peers.only_validator = false;
             f.peers.configured = {{"a:1", {}}};
             f.peers.node.running = true;
         },
         "log"},
    };
    for (const Ill& ill : ills) {
        Facts facts = healthy();
        ill.make(facts);
        const std::vector<Finding> findings = check_all(facts);
        const Finding finding = find(findings, ill.check);
        EXPECT_EQ(finding.verdict, ill.verdict) << finding.check << ": " << finding.value;
        EXPECT_NE(finding.remedy, "") << finding.check << ": " << finding.value;
        EXPECT_NE((finding.value + " " + finding.remedy).find(ill.said), std::string::npos)
            << finding.value << " / " << finding.remedy;
        for (const Finding& other : findings)
            EXPECT_TRUE(other.check == ill.check || other.verdict == Verdict::ok)
                << ill.check << " spoils " << other.check;
    }
}

TEST(Doctor, WhatLooksLikeAnIllMayBeNone) {
    const std::vector<std::pair<const char*, std::function<void(Facts&)>>> well = {
        {"peers' port",
         [](Facts& f) {
             f.ports[0].fault = k_fault;
             f.ports[0].node_is_running = true;
         }},
        {"disk",
         [](Facts& f) {
             f.disk.blobs_bytes = std::uint64_t{60} << 30;
             f.disk.free_bytes = std::uint64_t{15} << 30;
         }},
        {"clock", [](Facts& f) { f.clock.offset = -1'999ms; }},
        {"cpu",
         [](Facts& f) {
             f.cpu.computes = false;
             f.cpu.fastest = "reference";
         }},
        {"cuda", [](Facts& f) { f.cuda.wanted = "auto"; }},
        {"cuda", [](Facts& f) { f.cuda = {.wanted = "cuda", .fault = ""}; }},
        {"peers",
         [](Facts& f) {
             f.peers.configured = {{"a:1", k_fault}};
             f.peers.node = {.running = true, .height = 1, .syncing = false, .peers = 1};
         }},
    };
    for (const auto& [check, make] : well) {
        Facts facts = healthy();
        make(facts);
        const Finding finding = find(check_all(facts), check);
        EXPECT_EQ(finding.verdict, Verdict::ok) << check << ": " << finding.value << " / " << finding.remedy;
    }
}

constexpr WallTime k_noon{1'795'348'800s};

/// What a server whose clock is `ahead` of ours says, with the way there and back as long as each other.
Bytes answer_to(const Bytes& request, std::chrono::milliseconds ahead, std::chrono::milliseconds way) {
    Bytes answer = sntp_request(k_noon + way + ahead);
    std::copy_n(answer.begin() + 40, 8, answer.begin() + 32);
    std::copy_n(request.begin() + 40, 8, answer.begin() + 24);
    answer[0] = 4 << 3 | 4;
    answer[1] = 2;
    return answer;
}

TEST(TimeServer, TheWayThereAndBackIsTakenOff) {
    const Bytes request = sntp_request(k_noon);
    for (const auto ahead : {0ms, 1ms, 750ms, 3'600'000ms, -1ms, -61'000ms}) {
        const auto offset = sntp_offset(answer_to(request, ahead, 40ms), k_noon, k_noon + 80ms);
        ASSERT_TRUE(offset) << offset.error().message;
        EXPECT_LE(std::abs((*offset - ahead).count()), 1) << ahead.count();
    }
}

TEST(TimeServer, OnlyAnAnswerToThisRequestCounts) {
    const Bytes request = sntp_request(k_noon);
    const Bytes good = answer_to(request, 5ms, 0ms);
    const auto code_of = [&](const std::function<void(Bytes&)>& bend) {
        Bytes bent = good;
        bend(bent);
        const auto offset = sntp_offset(bent, k_noon, k_noon);
        return offset ? std::optional<ErrorCode>() : std::optional(offset.error().code);
    };
    EXPECT_EQ(code_of([](Bytes&) {}), std::nullopt);
    EXPECT_EQ(code_of([](Bytes& b) { b.clear(); }), ErrorCode::malformed);
    EXPECT_EQ(code_of([](Bytes& b) { b.pop_back(); }), ErrorCode::malformed);
    EXPECT_EQ(code_of([](Bytes& b) { b[0] = 4 << 3 | 3; }), ErrorCode::malformed);
    EXPECT_EQ(code_of([](Bytes& b) { b[31] = static_cast<std::uint8_t>(b[31] + 1); }), ErrorCode::malformed);
    EXPECT_EQ(code_of([](Bytes& b) { b[0] = 0xC0 | 4 << 3 | 4; }), ErrorCode::unavailable);
    EXPECT_EQ(code_of([](Bytes& b) { b[1] = 0; }), ErrorCode::unavailable);
    EXPECT_EQ(code_of([](Bytes& b) { b[1] = 16; }), ErrorCode::unavailable);
}

TEST(TimeServer, IsAskedOverUdp) {
    asio::io_context io;
    udp::socket socket(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
    std::thread server([&] {
        Bytes request(k_sntp_bytes);
        udp::endpoint from;
        socket.receive_from(asio::buffer(request), from);
        Bytes answer = sntp_request(std::chrono::system_clock::now() + 90s);
        std::copy_n(answer.begin() + 40, 8, answer.begin() + 32);
        std::copy_n(request.begin() + 40, 8, answer.begin() + 24);
        answer[0] = 4 << 3 | 4;
        answer[1] = 1;
        socket.send_to(asio::buffer(answer), from);
    });
    const auto offset =
        ask_time_server("127.0.0.1:" + std::to_string(socket.local_endpoint().port()), 5'000ms);
    server.join();
    ASSERT_TRUE(offset) << offset.error().message;
    EXPECT_NEAR(static_cast<double>(offset->count()), 90'000, 3'000);
    udp::socket silent(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
    EXPECT_FALSE(ask_time_server("127.0.0.1:" + std::to_string(silent.local_endpoint().port()), 50ms));
}

std::uint16_t free_port() {
    asio::io_context io;
    const asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

void replace_line(const std::filesystem::path& file, const std::string& from, const std::string& to) {
    std::ifstream in(file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(file, std::ios::trunc) << text;
}

class DoctorOfSeller : public testing::Test {
  protected:
    static std::string address(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }
    std::vector<Finding> ask(const std::filesystem::path& folder,
                             std::chrono::milliseconds patience = 200ms) {
        return check_all(find_out({folder, "", patience}));
    }
    int run(const std::filesystem::path& folder) {
        const std::string data = folder.string();
        const std::vector<const char*> words = {"dure", "doctor", "--data", data.c_str(), "--json"};
        Program program;
        add_all_commands(program);
        testing::internal::CaptureStdout();
        const int status = program.run(static_cast<int>(words.size()), words.data());
        said_ = testing::internal::GetCapturedStdout();
        return status;
    }
    std::string said_;
};

TEST_F(DoctorOfSeller, LooksAtARealFolderWhileItsNodeRunsAndAfterwards) {
    const std::uint16_t api = free_port();
    const std::uint16_t peers = free_port();
    test::TemporaryDirectory copy;
    {
        Seller seller([&](node::NodeConfig& config) {
            config.api_listen = address(api);
            config.listen = address(peers);
        });
        const std::vector<Finding> findings = ask(seller.node_folder(), 10s);
        EXPECT_EQ(find(findings, "node").value.find("running"), 0U) << find(findings, "node").value;
        EXPECT_NE(find(findings, "API's port").value.find("held by this node"), std::string::npos);
        EXPECT_NE(find(findings, "peers' port").value.find("held by this node"), std::string::npos);
        for (const char* const check : {"config", "key", "genesis", "peers"})
            EXPECT_EQ(find(findings, check).verdict, Verdict::ok) << find(findings, check).value;
        std::filesystem::copy(seller.node_folder(), copy.path() / "node",
                              std::filesystem::copy_options::recursive);
    }
    const auto folder = copy.path() / "node";
    replace_line(folder / k_config_file, "data_dir", "#data_dir");
    EXPECT_EQ(find(ask(folder), "node").value, "not running");
    EXPECT_EQ(find(ask(folder), "API's port").value, address(api) + ", free");
    EXPECT_EQ(run(folder), 0) << said_;

    asio::io_context io;
    const asio::ip::tcp::acceptor somebody(io, {asio::ip::address_v4::loopback(), api});
    EXPECT_EQ(find(ask(folder), "API's port").verdict, Verdict::fail) << "another program has it";
    EXPECT_EQ(run(folder), static_cast<int>(ExitCode::failure));
    const auto told = boost::json::parse(said_);
    EXPECT_EQ(told.at("items").as_array().size(), 12U) << said_;

    std::filesystem::permissions(folder / node::k_node_key_file, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_EQ(find(ask(folder), "key").verdict, Verdict::fail) << "others may read it";
    replace_line(folder / k_config_file, "[peers]",
                 "[peers]\nconnect = [\"" + address(free_port()) + "\"]\n#");
    replace_line(folder / k_config_file, "connect = []", "#");
    EXPECT_EQ(find(ask(folder), "peers").verdict, Verdict::fail) << "nobody is there";
    replace_line(folder / k_config_file, "[api]", "[apo]");
    EXPECT_EQ(find(ask(folder), "config").verdict, Verdict::fail);
    std::filesystem::remove(folder / node::k_genesis_file);
    EXPECT_EQ(ask(folder).size(), 3U) << "without a configuration only the machine is looked at";
}

}  // namespace
}  // namespace dure::tools
