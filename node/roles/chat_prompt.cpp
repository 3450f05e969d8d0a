#include "node/roles/chat_prompt.h"

namespace dure::node {

std::string chat_prompt(const ledger::ChatTemplate& chat, std::span<const ChatTurn> turns) {
    std::string prompt;
    for (const ChatTurn& turn : turns) {
        switch (turn.role) {
            case ChatRole::system:
                prompt += chat.system_begin + turn.text + chat.system_end;
                break;
            case ChatRole::user:
                prompt += chat.user_begin + turn.text + chat.user_end;
                break;
            case ChatRole::assistant:
                prompt += chat.assistant_begin + turn.text;
                if (&turn == &turns.back()) return prompt;
                prompt += chat.assistant_end;
                break;
        }
    }
    return prompt + chat.assistant_begin;
}

}  // namespace dure::node
