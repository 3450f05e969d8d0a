// Every fuzz target over its checked-in corpus and over random changes of it, in any build: quick,
// deterministic, without libFuzzer.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/fuzz/target.h"
#include "tests/support/scale.h"

namespace dure::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<Bytes> corpus_of(const std::string& name) {
    std::vector<fs::path> files;
    const fs::path folder = fs::path(DURE_FUZZ_CORPUS) / name;
    if (fs::exists(folder)) {
        for (const auto& entry : fs::directory_iterator(folder))
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Bytes> corpus{{}};
    for (const fs::path& file : files) {
        std::ifstream stream(file, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    return corpus;
}

Bytes changed(Bytes bytes, std::mt19937_64& random) {
    for (std::uint64_t changes = random() % 4 + 1; changes > 0; --changes) {
        const std::size_t place = bytes.empty() ? 0 : random() % bytes.size();
        const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(place);
        switch (random() % 5) {
            case 0:
                bytes.insert(at, static_cast<std::uint8_t>(random()));
                break;
            case 1:
                bytes.resize(place);
                break;
            case 2:
                if (!bytes.empty()) bytes.erase(at);
                break;
            case 3:
                if (!bytes.empty()) *at = static_cast<std::uint8_t>(*at ^ 1U << random() % 8);
                break;
            default:
                if (!bytes.empty()) *at = random() % 2 == 0 ? 0 : 255;
        }
    }
    return bytes;
}

class FuzzReplay : public testing::TestWithParam<std::string> {};

TEST_P(FuzzReplay, CorpusAndItsChanges) {
    const Target target = targets().at(GetParam());
    const std::vector<Bytes> corpus = corpus_of(GetParam());
    for (const Bytes& input : corpus)
        target(input);
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < 500 * test::scale(); ++i)
        target(changed(corpus[random() % corpus.size()], random));
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& [name, target] : targets())
        all.push_back(name);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzReplay, testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

/// A corpus folder without a target would be replayed by nobody.
TEST(FuzzCorpus, EachFolderHasItsTarget) {
    for (const auto& entry : fs::directory_iterator(DURE_FUZZ_CORPUS)) {
        EXPECT_TRUE(targets().contains(entry.path().filename().string())) << entry.path();
    }
}

}  // namespace
}  // namespace dure::fuzz
