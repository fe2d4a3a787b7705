#pragma once

// The functions of libchdb.so that adtally calls. The library ships without a header, so these
// declarations are ours; the names and signatures are its C ABI. Strings carry their length and
// need no terminator unless said otherwise.

#include <cstddef>
#include <cstdint>

extern "C" {

struct chdb_connection_state;
using chdb_connection = chdb_connection_state*;
struct chdb_result;
struct chdb_insert_stream_state;
using chdb_insert_stream = chdb_insert_stream_state*;

// 0 keeps the engine from installing handlers of SIGSEGV and the like. Call before the first
// connection.
void chdb_set_signal_handlers_enabled(int enabled);

// The first connection of the process starts the engine; `argv` is like clickhouse-local's and
// terminated strings. NULL on failure, with the reason on stderr.
chdb_connection* chdb_connect(int argc, char** argv);
// The last connection to close stops the engine.
void chdb_close_conn(chdb_connection* connection);

// The result is never NULL and is the caller's to destroy. A connection runs one statement at a
// time.
chdb_result* chdb_query_with_params_n(chdb_connection connection, const char* query,
                                      size_t query_length, const char* format, size_t format_length,
                                      const char* const* names, const size_t* name_lengths,
                                      const char* const* values, const size_t* value_lengths,
                                      size_t count);
char* chdb_result_buffer(chdb_result* result);
size_t chdb_result_length(chdb_result* result);
const char* chdb_result_error(chdb_result* result);   // NULL when there is none; terminated
uint64_t chdb_result_rows_read(chdb_result* result);  // rows of the result
uint64_t chdb_result_storage_rows_read(chdb_result* result);
uint64_t chdb_result_storage_bytes_read(chdb_result* result);
uint64_t chdb_result_rows_written(chdb_result* result);
uint64_t chdb_result_bytes_written(chdb_result* result);
void chdb_destroy_query_result(chdb_result* result);

// An INSERT whose data is appended afterwards. The stream is never NULL and is the caller's to
// destroy.
chdb_insert_stream chdb_stream_insert_n(chdb_connection connection, const char* query,
                                        size_t query_length, const char* format,
                                        size_t format_length);
int chdb_stream_append(chdb_insert_stream stream, const void* data, size_t length);  // 0 is success
chdb_result* chdb_stream_done(chdb_insert_stream stream);                            // commits
const char* chdb_stream_insert_error(chdb_insert_stream stream);
void chdb_stream_cancel_insert(chdb_insert_stream stream);
void chdb_destroy_insert_stream(chdb_insert_stream stream);
}
