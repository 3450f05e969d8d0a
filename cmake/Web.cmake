# dure_web_files(TARGET SOURCE): adds to TARGET the page in the folder SOURCE, bundled by Node.js with packages from npm, as a
# generated source (node/api/static_files.h: web_files). Without Node.js and npm, or where npm cannot fetch its packages, the
# program gets a page that says so, and everything else is built as ever.
include_guard(GLOBAL)
find_program(DURE_NODE node)
find_program(DURE_NPM npm)

# A source with one file, SOURCE/plain.html, as the whole page.
function(dure_plain_page source out)
  file(READ ${source}/plain.html bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," body "${bytes}")
  file(SHA256 ${source}/plain.html digest)
  string(SUBSTRING ${digest} 0 16 digest)
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT
"#include \"node/api/static_files.h\"
namespace dure::node {
namespace {
constexpr std::uint8_t k_plain[] = {@body@};
constexpr WebFile k_files[] = {{\"/\", \"text/html; charset=utf-8\", \"\\\"@digest@\\\"\", false, k_plain, {}}};
}  // namespace
std::span<const WebFile> web_files() {
    return k_files;
}
}  // namespace dure::node
")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source}/plain.html)
endfunction()

function(dure_web_files target source)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/web)
  dure_plain_page(${source} ${out}/plain.cpp)
  if(NOT DURE_NODE OR NOT DURE_NPM)
    message(STATUS "Web: without the page (Node.js or npm is missing; tools/install_packages installs them)")
    target_sources(${target} PRIVATE ${out}/plain.cpp)
    return()
  endif()
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${source}/src/*.js ${source}/styles/*.css)
  add_custom_command(OUTPUT ${out}/files.cpp
    COMMAND sh ${source}/build ${source} ${out} ${DURE_NODE} ${DURE_NPM}
    DEPENDS ${files} ${source}/index.html ${source}/icon.svg ${source}/build ${source}/bundle.mjs ${source}/package.json ${source}/package-lock.json
            ${CMAKE_SOURCE_DIR}/ledger/records/parameters.h
    VERBATIM COMMENT "Bundling the page")
  target_sources(${target} PRIVATE ${out}/files.cpp)
endfunction()
