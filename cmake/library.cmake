# adtally_library(FOLDER [EXTERNAL target...] [WITHOUT file...] [TEST_LIBRARIES target...])
#
# One static library from every *.cc of src/FOLDER and one test program from every *_test.cc there.
# It links what src/layers.txt lets the folder include. WITHOUT leaves files out of this build.
file(STRINGS "${CMAKE_SOURCE_DIR}/src/layers.txt" ADTALLY_LAYERS REGEX "^[a-z]+:")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/layers.txt")

function(adtally_library folder)
  cmake_parse_arguments(ARG "" "" "EXTERNAL;WITHOUT;TEST_LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  foreach(file ${ARG_WITHOUT})
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$")

  foreach(layer ${ADTALLY_LAYERS})
    if(layer MATCHES "^${folder}: *(.*)$")
      string(REPLACE " " ";" allowed "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(TRANSFORM allowed PREPEND "adtally_")

  if(sources)
    add_library(adtally_${folder} STATIC ${sources})
    target_link_libraries(adtally_${folder} PUBLIC ${allowed} ${ARG_EXTERNAL})
  else()
    add_library(adtally_${folder} INTERFACE)
    target_link_libraries(adtally_${folder} INTERFACE ${allowed} ${ARG_EXTERNAL})
  endif()
  if(tests)
    adtally_test(${folder}_test SOURCES ${tests} LIBRARIES adtally_${folder}
                 ${ARG_TEST_LIBRARIES})
  endif()
endfunction()

# adtally_test(NAME SOURCES file... LIBRARIES target... [ARGS arg...])
function(adtally_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;ARGS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} rapidcheck GTest::gmock
                                        GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
