#include "ledger/records/slashing.h"

namespace dure::ledger {

const char* name_of(SlashCause cause) {
    switch (cause) {
        case SlashCause::dispute:
            return "dispute";
        case SlashCause::evidence:
            return "evidence";
        case SlashCause::scoring:
            return "scoring";
    }
    return "unknown";
}

}  // namespace dure::ledger
