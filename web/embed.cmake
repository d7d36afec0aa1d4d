# Writes OUTPUT, C++ that carries the script INPUT (none: an empty one).
set(text "")
if(INPUT)
  file(READ ${INPUT} text)
endif()
if(text MATCHES "</script" OR text MATCHES "\\)page\"")
  message(FATAL_ERROR "${INPUT} has text that would end its <script> or its literal")
endif()
file(WRITE ${OUTPUT} "#include \"cli/report/assets.h\"

namespace adamsde::assets {

std::string_view PageScript() {
  static constexpr char kScript[] = R\"page(")
file(APPEND ${OUTPUT} "${text}")
file(APPEND ${OUTPUT} ")page\";
  return {kScript, sizeof(kScript) - 1};
}

}  // namespace adamsde::assets
")
