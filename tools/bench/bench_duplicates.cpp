// How well sketches find near duplicates in Korean text: pairs of unrelated pieces that would be taken for one text,
// and edited copies that would not, with the ledger's threshold and bands. `bench_duplicates [FOLDER]`: the folder
// of texts, else DURE_TEXT; without one it says so and measures nothing.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "ledger/records/parameters.h"
#include "trainer/text/minhash.h"
#include "trainer/text/normalize.h"

namespace {

using namespace dure;
using trainer::Sketch;

constexpr std::size_t k_pieces_a_file = 150;
constexpr std::size_t k_copies = 100;

/// Cut at lines, spread over the file, none twice.
std::vector<std::string> pieces_of(const std::string& text, std::size_t bytes) {
    std::vector<std::string> pieces;
    const std::size_t stride = std::max(bytes, text.size() / k_pieces_a_file);
    for (std::size_t at = 0; at + bytes <= text.size() && pieces.size() < k_pieces_a_file; at += stride) {
        const std::size_t begin = at == 0 ? 0 : text.find('\n', at) + 1;
        const std::size_t end = text.rfind('\n', at + bytes);
        if (end != std::string::npos && begin < end) pieces.push_back(text.substr(begin, end + 1 - begin));
    }
    return pieces;
}

std::size_t character_bytes(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Each character but blanks becomes another syllable with this probability.
std::string edited(const std::string& text, double rate, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto bound = static_cast<std::uint64_t>(rate * 1e6);
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = character_bytes(text[at]);
        if (size > 1 && random() % 1'000'000 < bound) {
            result += "\xEA\xB0";
            result.push_back(static_cast<char>(0x80 + random() % 64));
        } else {
            result += text.substr(at, size);
        }
        at += size;
    }
    return result;
}

bool share_a_band(const Sketch& a, const Sketch& b) {
    for (std::size_t band = 0; band < ledger::k_sketch_bands; ++band) {
        if (std::equal(&a[3 * band], &a[3 * band] + 3, &b[3 * band])) return true;
    }
    return false;
}

bool is_found(const Sketch& a, const Sketch& b) {
    return trainer::equal_entries(a, b) >= ledger::k_near_duplicate && share_a_band(a, b);
}

void measure(const std::vector<std::string>& texts, std::size_t bytes) {
    std::vector<std::string> pieces;
    for (const std::string& text : texts) {
        for (std::string& piece : pieces_of(text, bytes))
            pieces.push_back(std::move(piece));
    }
    if (pieces.size() < 2) return;
    std::vector<Sketch> sketches;
    std::size_t total = 0;
    const auto began = std::chrono::steady_clock::now();
    for (const std::string& piece : pieces) {
        sketches.push_back(trainer::sketch_of(piece));
        total += piece.size();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::size_t pairs = 0;
    std::size_t taken = 0;
    std::size_t most = 0;
    for (std::size_t i = 0; i < sketches.size(); ++i) {
        for (std::size_t j = i + 1; j < sketches.size(); ++j) {
            ++pairs;
            most = std::max(most, trainer::equal_entries(sketches[i], sketches[j]));
            taken += is_found(sketches[i], sketches[j]) ? 1U : 0U;
        }
    }
    std::printf(
        "%zu bytes: %zu pieces, %.0f MB/s; %zu of %zu unrelated pairs taken for one, at most %zu equal\n",
        bytes, pieces.size(), static_cast<double>(total) / seconds / 1e6, taken, pairs, most);
    for (const double rate : {0.01, 0.03, 0.05, 0.08, 0.10, 0.15}) {
        std::size_t copies = 0;
        std::size_t missed = 0;
        double equal = 0;
        for (std::size_t i = 0; i < pieces.size(); i += std::max<std::size_t>(1, pieces.size() / k_copies)) {
            const Sketch copy = trainer::sketch_of(edited(pieces[i], rate, i));
            ++copies;
            missed += is_found(sketches[i], copy) ? 0U : 1U;
            equal += static_cast<double>(trainer::equal_entries(sketches[i], copy));
        }
        std::printf("    %2.0f%% of the syllables changed: %zu of %zu copies missed, %.1f equal\n",
                    100 * rate, missed, copies, equal / static_cast<double>(copies));
    }
}

}  // namespace

int main(int count, char** arguments) {
    const char* set = std::getenv("DURE_TEXT");
    const std::string folder = count > 1 ? arguments[1] : set != nullptr ? set : "";
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".txt" || entry.path().extension() == ".tsv")
            files.push_back(entry.path());
    }
    if (files.empty()) {
        std::printf("no .txt or .tsv files in '%s': nothing is measured; name a folder of texts\n",
                    folder.c_str());
        return 0;
    }
    std::sort(files.begin(), files.end());
    std::vector<std::string> texts;
    for (const auto& file : files) {
        std::stringstream content;
        content << std::ifstream(file).rdbuf();
        if (auto normal = dure::trainer::normalize_text(content.str())) texts.push_back(std::move(*normal));
    }
    for (const std::size_t bytes : {2'000U, 20'000U, 200'000U, 1'000'000U})
        measure(texts, bytes);
    return 0;
}
