# cmake -DSCHEMA_DIR=… -DOUTPUT=… -P embed_schema.cmake
# Writes a .cc that holds every NNNN_name.sql of SCHEMA_DIR, in order.
file(GLOB files "${SCHEMA_DIR}/*.sql")
list(SORT files)
set(entries "")
set(expected 1)
foreach(file ${files})
  get_filename_component(stem "${file}" NAME_WE)
  if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
    message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql")
  endif()
  string(REGEX REPLACE "^0+" "" number "${CMAKE_MATCH_1}")
  if(NOT number EQUAL expected)
    message(FATAL_ERROR "${file}: expected migration ${expected} next")
  endif()
  math(EXPR expected "${expected} + 1")
  file(READ "${file}" sql)
  string(APPEND entries "    {${number}, \"${stem}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"store/migrations.h\"

namespace adtally {

std::span<const Migration> SchemaMigrations() {
  static constexpr Migration kMigrations[] = {
${entries}  };
  return kMigrations;
}

}  // namespace adtally
")
