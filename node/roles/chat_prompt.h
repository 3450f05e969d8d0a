// A conversation as a prompt, by the template that genesis gives the model.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ledger/records/genesis.h"

namespace dure::node {

enum class ChatRole : std::uint8_t { system, user, assistant };

struct ChatTurn {
    ChatRole role = ChatRole::user;
    std::string text;

    friend bool operator==(const ChatTurn&, const ChatTurn&) = default;
};

/// The turns, each between what its role begins and ends with, and at the end what an answer begins with. A last turn of
/// the assistant's is left open instead: the answer goes on with it.
std::string chat_prompt(const ledger::ChatTemplate& chat, std::span<const ChatTurn> turns);

}  // namespace dure::node
