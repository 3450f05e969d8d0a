// A small tokenizer with Korean pieces and byte fallback, trained once.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "trainer/text/tokenizer.h"

namespace dure::trainer::testing {

inline const Tokenizer& sample_tokenizer() {
    static const Tokenizer tokenizer = [] {
        std::string text;
        for (const char* who : {"농부가", "아이가", "할머니가", "이웃이", "선생님이"}) {
            for (const char* where : {"논에서", "밭에서", "마당에서", "학교에서"}) {
                for (const char* what :
                     {"노래를 부른다.", "씨앗을 심는다.", "책을 읽었다.", "물을 길어 왔다."})
                    text += std::string(who) + " " + where + " " + what + "\n";
            }
        }
        auto loaded = Tokenizer::load(*Tokenizer::train(text, 380));
        EXPECT_TRUE(loaded) << loaded.error().message;
        return std::move(*loaded);
    }();
    return tokenizer;
}

}  // namespace dure::trainer::testing
