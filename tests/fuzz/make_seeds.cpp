// Writes those seeds of the fuzz corpus that follow from the ledger's encodings, so that they can be made anew when
// these change: genesis, and blocks of what honest members would send at each scene of ledger_blocks.
//   fuzz_seeds FOLDER      (tests/fuzz/corpus; tools/fuzz --seeds does it)
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/ledger_scene.h"

namespace dure::fuzz {
namespace {

constexpr std::size_t k_block_transactions = 7;

void write(const std::filesystem::path& file, const Bytes& bytes) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << as_text(bytes);
}

struct Sent {
    std::size_t person = 0;
    Payload payload;
};

/// The scene's byte, then blocks: how many transactions, and for each of them who sends it, its form, and its payload.
Bytes blocks_of(std::size_t number, const std::vector<Sent>& all) {
    Written written(scene(number));
    written.byte(number);
    for (std::size_t begin = 0; begin < all.size(); begin += k_block_transactions) {
        const std::size_t count = std::min(k_block_transactions, all.size() - begin);
        written.byte(count);
        for (std::size_t i = begin; i < begin + count; ++i) {
            written.byte(all[i].person);
            written.byte(0);
            written.value(all[i].payload);
        }
    }
    return written.bytes();
}

std::vector<Sent> honest_transactions(std::size_t number) {
    const StateReader& state = scene(number).chain.state();
    std::vector<Sent> sent;
    for (std::size_t person = 0; person < 4; ++person) {
        for (const Payload& payload : testing::honest_moves(state, testing::account_of(person)))
            sent.push_back({person, payload});
    }
    sent.push_back({4, Transfer{.to = testing::account_of(5), .amount = {1'000}}});
    sent.push_back({6, OfferData{scene(number).hashes.back()}});
    sent.push_back({0, JoinRound{.round = joining_round(state).number, .units = 1}});
    return sent;
}

template <std::size_t... is>
std::vector<Sent> one_of_each(std::index_sequence<is...>) {
    std::vector<Sent> sent;
    (sent.push_back({is % k_persons, Payload(std::in_place_index<is>)}), ...);
    return sent;
}

void write_all(const std::filesystem::path& corpus) {
    write(corpus / "genesis" / "empty", encode(Genesis{}));
    write(corpus / "genesis" / "one", encode(testing::Harness().genesis()));
    for (std::size_t number = 0; number < k_scenes; ++number) {
        write(corpus / "ledger_blocks" / ("scene" + std::to_string(number)),
              blocks_of(number, honest_transactions(number)));
    }
    write(corpus / "ledger_blocks" / "each",
          blocks_of(0, one_of_each(std::make_index_sequence<std::variant_size_v<Payload>>{})));
}

}  // namespace
}  // namespace dure::fuzz

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
        return 2;
    }
    dure::fuzz::write_all(argv[1]);
    return 0;
}
