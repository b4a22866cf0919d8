/* Functions in C for Weir's SQL:
 *
 *   cc -O2 -fPIC -shared -I include -o libscore.so score.c -lm
 *
 *   CREATE FUNCTION score(amount DOUBLE, country STRING) RETURNS DOUBLE
 *   LANGUAGE NATIVE USING 'libscore.so';
 *   CREATE FUNCTION initials(name STRING) RETURNS STRING
 *   LANGUAGE NATIVE USING 'libscore.so';
 *
 * The header is where Weir is installed, in include/weir; in its sources, in runtime/abi/weir. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <weir/function.h>

/* Whether the arguments are of these types, and how many. */
static int takes(const struct ArrowSchema* arguments, const char* const* formats, int64_t count,
                 struct weir_error* error) {
  int64_t i;
  int fits = arguments->n_children == count;
  for (i = 0; fits && i < count; ++i)
    fits = strcmp(arguments->children[i]->format, formats[i]) == 0;
  if (!fits) snprintf(error->text, error->text_bytes, "it takes other arguments");
  return fits;
}

/* --- score(amount DOUBLE, country STRING) RETURNS DOUBLE -------------------------------------- */

static int score_bind(const struct ArrowSchema* arguments, struct ArrowSchema* result,
                      void** instance, struct weir_error* error) {
  static const char* const formats[] = {"g", "u"};
  (void)instance;
  if (!takes(arguments, formats, 2, error)) return 1;
  weir_set_type(result, "g");
  return 0;
}

static int score_eval(void* instance, struct ArrowArray* arguments, struct ArrowArray* result,
                      struct weir_error* error) {
  const struct ArrowArray* amount = arguments->children[0];
  const struct ArrowArray* country = arguments->children[1];
  const double* amounts = (const double*)amount->buffers[1] + amount->offset;
  const int32_t* ends = (const int32_t*)country->buffers[1] + country->offset;
  const char* texts = (const char*)country->buffers[2];
  double* scores;
  int64_t row;
  (void)instance;
  if (weir_make_array(result, arguments->length, sizeof(double))) return 1;
  scores = (double*)result->buffers[1];
  for (row = 0; row < arguments->length; ++row) {
    const int32_t size = ends[row + 1] - ends[row];
    const int far = size == 2 && memcmp(texts + ends[row], "XX", 2) == 0;
    if (amounts[row] < 0) {
      error->row = row;
      snprintf(error->text, error->text_bytes, "an amount is negative");
      return 1;
    }
    scores[row] = log1p(amounts[row]) / 10 + far;
  }
  return 0;
}

/* --- initials(name STRING) RETURNS STRING ----------------------------------------------------- */

static int initials_bind(const struct ArrowSchema* arguments, struct ArrowSchema* result,
                         void** instance, struct weir_error* error) {
  static const char* const formats[] = {"u"};
  (void)instance;
  if (!takes(arguments, formats, 1, error)) return 1;
  weir_set_type(result, "u");
  return 0;
}

/* The letters of A to Z that begin a word; NULL where there are none. */
static int initials_eval(void* instance, struct ArrowArray* arguments, struct ArrowArray* result,
                         struct weir_error* error) {
  const struct ArrowArray* name = arguments->children[0];
  const int32_t* ends = (const int32_t*)name->buffers[1] + name->offset;
  const char* texts = (const char*)name->buffers[2];
  const int64_t rows = arguments->length;
  int32_t* result_ends;
  char* bytes;
  int32_t used = 0;
  int64_t row;
  (void)instance;
  (void)error;
  if (weir_make_array(result, rows, sizeof(int32_t))) return 1;
  result_ends = (int32_t*)result->buffers[1];
  bytes = (char*)malloc((size_t)(ends[rows] - ends[0]) + 1);
  if (bytes == NULL) return 1;
  result->buffers[2] = bytes;
  result->n_buffers = 3;
  for (row = 0; row < rows; ++row) {
    int32_t at;
    for (at = ends[row]; at < ends[row + 1]; ++at) {
      const int begins = at == ends[row] || texts[at - 1] == ' ';
      if (begins && texts[at] >= 'A' && texts[at] <= 'Z') bytes[used++] = texts[at];
    }
    result_ends[row + 1] = used;
    if (used == result_ends[row] && weir_set_null(result, row)) return 1;
  }
  return 0;
}

static const struct weir_function functions[] = {
    {"score", WEIR_SCALAR, 0, score_bind, score_eval, NULL},
    {"initials", WEIR_SCALAR, 0, initials_bind, initials_eval, NULL},
};

WEIR_EXPORT const struct weir_library* weir_library_v1(void) {
  static const struct weir_library library = {WEIR_ABI_VERSION, sizeof(struct weir_function), 2,
                                              functions};
  return &library;
}
