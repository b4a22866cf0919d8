/* Functions of your own in a shared library, which Weir's SQL calls by the batch:
 *
 *   CREATE FUNCTION score(amount DOUBLE, country STRING) RETURNS DOUBLE
 *   LANGUAGE NATIVE USING '/usr/local/lib/libscore.so';
 *
 * The library exports one symbol, weir_library_v1, which answers what it has. Everything crosses in
 * C99 and in Arrow's C data interface, so that any language can be on the other side, and any
 * compiler. A library that was built with an older header goes on to be loaded: structures only
 * grow at their ends, and the library says how large its own are.
 *
 * A library runs in the process of the engine, with all that this may do and read: what it does
 * wrong beyond what is checked here ends the process, or worse. docs/sql-reference.md has the rest.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arrow.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What this header describes. An engine refuses a library of a later one. */
#define WEIR_ABI_VERSION 1

/* NOLINTBEGIN(readability-identifier-naming): as C has it */

/* Where a callback says what is wrong, before it answers with anything but 0. */
struct weir_error {
  /* Of the batch, from 0, whose values the message then has; -1, as it comes, for no single row. */
  int64_t row;
  /* Room for a message in UTF-8 that ends with a 0, which counts among `text_bytes`. */
  size_t text_bytes;
  char* text;
};

/* What a function is. 2 will be an aggregate, 3 a function whose result is a table. */
#define WEIR_SCALAR 1

/* In `flags`: equal arguments need not give equal values. CREATE FUNCTION then has to say
 * NOT DETERMINISTIC, by which the planner goes. */
#define WEIR_NOT_DETERMINISTIC 1

/* A function of the library's. What is pointed to lives as long as the process. */
struct weir_function {
  /* As CREATE FUNCTION … AS 'name' says it, or else the SQL function's own name. */
  const char* name;
  uint32_t kind;  /* WEIR_SCALAR */
  uint32_t flags; /* 0, or WEIR_NOT_DETERMINISTIC */

  /* Makes an instance for arguments of these types, which are the children of a struct, and says
   * the type of the result: its format; its name and flags do not count. `arguments` is the
   * engine's, and gone when this returns. Called by CREATE FUNCTION, and by a job for each thread
   * that is in a call at a time. `*instance` is whatever the library likes.
   *   What CREATE FUNCTION declares decides: a result of another type than its RETURNS is refused.
   *   TINYINT to BIGINT "c" "s" "i" "l", BOOLEAN "b", FLOAT "f", DOUBLE "g", DECIMAL(p, s) "d:p,s",
   *   CHAR, VARCHAR, STRING "u", BINARY, VARBINARY, BYTES "z", DATE "tdD", TIME "ttn",
   *   TIMESTAMP(0) to (6) "tsu:", (7) to (9) "tsn:", TIMESTAMP_LTZ "tsu:UTC" and "tsn:UTC".
   * Texts and bytes may also be returned as "U" and "Z", whose offsets have 64 bits. */
  int (*bind)(const struct ArrowSchema* arguments, struct ArrowSchema* result, void** instance,
              struct weir_error* error);

  /* Computes the values of a batch. `arguments` is a struct with a child for each parameter, whose
   * buffers are the engine's own wherever they lie as Arrow's do: they are not written to, and not
   * read once this has returned. It may be released, or moved away, as the interface allows; it
   * need not be. `result` becomes an array of `arguments->length` values, whose release the engine
   * calls when it has copied them. Rows with a NULL among their arguments do not come, unless the
   * function is CALLED ON NULL INPUT.
   *   An instance is in one call at a time, though not always of the same thread. The value of a
   * row depends on that row alone: which rows are in a batch, and in which instance, differs from
   * run to run. */
  int (*eval)(void* instance, struct ArrowArray* arguments, struct ArrowArray* result,
              struct weir_error* error);

  /* Ends an instance. May be null. */
  void (*close)(void* instance);
};

/* What a library has. */
struct weir_library {
  uint32_t abi_version;    /* WEIR_ABI_VERSION, of the header that it was built with */
  uint32_t function_bytes; /* sizeof(struct weir_function), likewise */
  uint32_t function_count;
  const struct weir_function* functions;
};

/* The library defines this, as WEIR_EXPORT const struct weir_library* weir_library_v1(void). */
typedef const struct weir_library* (*weir_library_entry)(void);
#define WEIR_LIBRARY_SYMBOL "weir_library_v1"

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
#define WEIR_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define WEIR_EXPORT __attribute__((visibility("default")))
#endif

/* --- help for libraries in C; nothing of it has to be used ------------------------------------ */

/* Nothing to free: what the schema points to is static. */
static inline void weir_release_static_schema(struct ArrowSchema* schema) {
  schema->release = NULL;
}

/* Says a result's type. `format` lives as long as the process. */
static inline void weir_set_type(struct ArrowSchema* schema, const char* format) {
  memset(schema, 0, sizeof(*schema));
  schema->format = format;
  schema->name = "";
  schema->flags = ARROW_FLAG_NULLABLE;
  schema->release = weir_release_static_schema;
}

/* Frees an array of weir_make_array. */
static inline void weir_release_array(struct ArrowArray* array) {
  int64_t i;
  for (i = 0; i < array->n_buffers; ++i) free((void*)array->buffers[i]);
  free((void*)array->buffers);
  array->release = NULL;
}

/* An array of `length` values of `value_bytes` bytes each, all of them zero and none of them NULL:
 * the values are in buffers[1]. Of texts these are the offsets, of which there is one more, and
 * buffers[2] is to be set to bytes from malloc. Not 0 where there is no memory. */
static inline int weir_make_array(struct ArrowArray* array, int64_t length, size_t value_bytes) {
  memset(array, 0, sizeof(*array));
  array->buffers = (const void**)calloc(3, sizeof(void*));
  if (array->buffers == NULL) return 1;
  array->length = length;
  array->n_buffers = 2;
  array->release = weir_release_array;
  array->buffers[1] = calloc((size_t)length + 1, value_bytes);
  return array->buffers[1] == NULL;
}

/* Makes the value of a row NULL, of an array of weir_make_array. Not 0 where there is no memory. */
static inline int weir_set_null(struct ArrowArray* array, int64_t row) {
  uint8_t* valid = (uint8_t*)array->buffers[0];
  int64_t i;
  if (valid == NULL) {
    const int64_t bytes = (array->length + 7) / 8;
    valid = (uint8_t*)malloc((size_t)bytes);
    if (valid == NULL) return 1;
    for (i = 0; i < bytes; ++i) valid[i] = 0xff;
    array->buffers[0] = valid;
  }
  if (valid[row / 8] & (1 << (row % 8))) ++array->null_count;
  valid[row / 8] = (uint8_t)(valid[row / 8] & ~(1 << (row % 8)));
  return 0;
}

/* Whether the value of a row is NULL, in any array but of type NULL. */
static inline int weir_is_null(const struct ArrowArray* array, int64_t row) {
  const uint8_t* valid = (const uint8_t*)array->buffers[0];
  const int64_t at = array->offset + row;
  return valid != NULL && !(valid[at / 8] & (1 << (at % 8)));
}

#ifdef __cplusplus
}
#endif
