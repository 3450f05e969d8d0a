#include "trainer/text/normalize.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <memory>

#include "base/assert.h"

namespace dure::trainer {
namespace {

bool is_line_break(UChar32 c) {
    return (c >= 0x0A && c <= 0x0D) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// White_Space of Unicode 15.0 without the line breaks, control characters, the byte order mark, and U+2581,
// by which SentencePiece writes a space.
bool is_blank(UChar32 c) {
    return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF || c == 0x2581;
}

// Folds blanks and line breaks as the header says. This comes before NFC: a blank between two characters
// keeps them from composing, and NFC makes no blank of anything else.
Result<std::string> fold_blanks(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 1);
    const auto* raw = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto length = static_cast<std::int32_t>(text.size());
    bool blank_pending = false;
    bool in_line = false;
    for (std::int32_t i = 0; i < length;) {
        const std::int32_t begin = i;
        UChar32 c = 0;
        U8_NEXT(raw, i, length, c);
        if (c < 0) {
            return Error{ErrorCode::malformed, "the text is not UTF-8 at byte " + std::to_string(begin) +
                                                   "; convert it to UTF-8 first"};
        }
        if (is_line_break(c)) {
            if (in_line) out.push_back('\n');
            in_line = blank_pending = false;
        } else if (is_blank(c)) {
            blank_pending = in_line;
        } else {
            if (blank_pending) out.push_back(' ');
            blank_pending = false;
            in_line = true;
            out.append(text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(i - begin)));
        }
    }
    if (in_line) out.push_back('\n');
    return out;
}

// NFC for the characters of Unicode 15.0; later ones are left as they are.
const icu::FilteredNormalizer2& pinned_nfc() {
    static const std::unique_ptr<const icu::FilteredNormalizer2> normalizer = [] {
        UErrorCode status = U_ZERO_ERROR;
        static icu::UnicodeSet characters(icu::UnicodeString::fromUTF8("[:age=15.0:]"), status);
        characters.freeze();
        const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
        DURE_ASSERT(U_SUCCESS(status) && nfc != nullptr);
        return std::make_unique<const icu::FilteredNormalizer2>(*nfc, characters);
    }();
    return *normalizer;
}

}  // namespace

Result<std::string> normalize_text(std::string_view text) {
    if (text.size() > k_max_text_bytes) {
        return Error{ErrorCode::out_of_range, "the text has " + std::to_string(text.size()) +
                                                  " bytes, more than " + std::to_string(k_max_text_bytes) +
                                                  "; split it"};
    }
    DURE_TRY(const std::string folded, fold_blanks(text));
    std::string out;
    icu::StringByteSink<std::string> sink(&out);
    UErrorCode status = U_ZERO_ERROR;
    pinned_nfc().normalizeUTF8(0, icu::StringPiece(folded.data(), static_cast<std::int32_t>(folded.size())),
                               sink, nullptr, status);
    if (U_FAILURE(status)) {
        return Error{ErrorCode::internal, std::string("normalizing a text failed: ") + u_errorName(status)};
    }
    return out;
}

}  // namespace dure::trainer
