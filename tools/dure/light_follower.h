// A light client that asks nodes over HTTP: it believes genesis's validators and what their signatures lead to, and no
// node. Where it has got to it keeps in a file, so that each epoch is followed once.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/light_client.h"
#include "base/result.h"

namespace dure::tools {

/// GETs a path of a node's API.
using AskNode = std::function<Result<boost::json::value>(std::string_view target)>;

/// Goes through the epochs that the node shows, to the newest. Errors: `unavailable` and the like if the node does not
/// answer; those of LightClient and `malformed`: it lies or is broken. The client then stands where what it was shown
/// last was right.
Status follow_epochs(protocol::LightClient& client, const AskNode& ask);

/// A block that the node shows as its newest final one; its header leads to the state before it.
struct NewestFinal {
    protocol::Header header;
    protocol::Certificate finalization;  ///< checked
    boost::json::value answer;  ///< of /v1/accounts/{address}?proof=1, whose proof is under the header
};

/// Follows, then asks for the account with its proof, and checks that the proof's header is final (the proof itself is
/// checked by check_account_proof). Errors: as follow_epochs.
Result<NewestFinal> ask_newest(protocol::LightClient& client, const AskNode& ask, const Account& account);

/// True if an error of the above says that the node lies or is broken, not that it is away.
bool is_lie(const Error& error);

/// From the file, where there is one; else from genesis's validators. `genesis_file` may be empty if there is a file.
/// Errors: `not_found` with the remedy if there is neither, `conflict` if the file is of another chain, `malformed`.
Result<protocol::LightClient> open_light_client(const std::filesystem::path& progress,
                                                const std::filesystem::path& genesis_file);
/// Errors: `io`.
Status keep_progress(const protocol::LightClient& client, const std::filesystem::path& progress);

}  // namespace dure::tools
