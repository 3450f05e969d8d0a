# dure_word_list(TARGET): adds to TARGET a generated source with BIP39's English words (base/word_list.h). The words come from
# the package python3-mnemonic, or from the file that DURE_WORD_LIST names, and are checked by their SHA-256.
include_guard(GLOBAL)
set(DURE_WORD_LIST "/usr/lib/python3/dist-packages/mnemonic/wordlist/english.txt" CACHE FILEPATH
    "BIP39's English word list, one word a line")

function(dure_word_list target)
  set(expected 2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda)
  if(NOT EXISTS ${DURE_WORD_LIST})
    message(FATAL_ERROR "BIP39's word list is not at ${DURE_WORD_LIST}: apt-get install python3-mnemonic, or set DURE_WORD_LIST")
  endif()
  file(SHA256 ${DURE_WORD_LIST} actual)
  if(NOT actual STREQUAL expected)
    message(FATAL_ERROR "${DURE_WORD_LIST} is not BIP39's English word list: its SHA-256 is ${actual}, expected ${expected}")
  endif()
  file(STRINGS ${DURE_WORD_LIST} words)
  list(LENGTH words count)
  if(NOT count EQUAL 2048)
    message(FATAL_ERROR "${DURE_WORD_LIST} holds ${count} words, expected 2048")
  endif()
  list(TRANSFORM words REPLACE "(.+)" "    \"\\1\"," OUTPUT_VARIABLE lines)
  list(JOIN lines "\n" body)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/word_list.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"#include \"base/word_list.h\"

namespace dure {

const std::array<std::string_view, k_word_list_size> k_word_list = {
@body@
};

}  // namespace dure
")
  target_sources(${target} PRIVATE ${generated})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${DURE_WORD_LIST})
endfunction()
