// A devnet's text: what its contributors offer and what is held out, taken from a folder of .txt and .tsv
// files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::tools {

/// The text that one contributor brings, in normal form (trainer/text/normalize.h).
struct ContributorText {
    std::string source;  ///< the file's name
    std::string text;
};

struct DevnetText {
    std::vector<ContributorText> contributors;
    std::string held_out;
    std::uint64_t left_out_bytes = 0;  ///< beyond what a devnet takes
};

/// More than this is not taken, so that a devnet starts within seconds; each file gets an equal part of it.
inline constexpr std::size_t k_max_devnet_text_bytes = std::size_t{4} << 20;
inline constexpr std::size_t k_max_held_out_bytes = std::size_t{64} << 10;
inline constexpr std::size_t k_max_contributors = 16;

/// Reads the folder. hold-out.txt is the hold-out; where there is none, every fortieth line is held out.
/// Files stand in the order of their names; lines that stand in the hold-out are in nobody's text. Errors:
/// `not_found` (no folder, no text in it), `malformed` (not UTF-8, with the file), `insufficient` (too little
/// text).
Result<DevnetText> read_devnet_text(const std::filesystem::path& folder);

/// Cuts text at line ends into pieces of at most `bytes` (a longer line stands alone).
std::vector<std::string> cut_text(const std::string& text, std::size_t bytes);

}  // namespace dure::tools
