/* Writes JSON, deterministically: keys in the order they are added, numbers in one form only, so
 * that the same values give the same bytes. Reading is jansson's work (base/json.h).
 *
 *     struct json_writer w = JSON_WRITER(&buf, 0);
 *     jsonw_object_begin(&w);
 *     jsonw_key(&w, "name"), jsonw_str(&w, name);
 *     jsonw_object_end(&w);
 *
 * Commas, indentation and escaping are the writer's. Bytes that are not UTF-8 are written as
 * U+FFFD. Nesting up to 64. */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct json_writer {
    struct buf *out;
    int indent; /* spaces a level; 0: everything on one line */
    int depth;
    uint64_t has_items; /* a bit a level */
    bool after_key;
};

#define JSON_WRITER(buffer, indent_spaces)                                                         \
    ((struct json_writer){.out = (buffer), .indent = (indent_spaces)})

void jsonw_object_begin(struct json_writer *w);
void jsonw_object_end(struct json_writer *w);
void jsonw_array_begin(struct json_writer *w);
void jsonw_array_end(struct json_writer *w);
void jsonw_key(struct json_writer *w, const char *key);
void jsonw_key_str(struct json_writer *w, struct str key);

void jsonw_str(struct json_writer *w, struct str value);
void jsonw_cstr(struct json_writer *w, const char *value); /* NULL writes null */
void jsonw_int(struct json_writer *w, int64_t value);
/* Shortest text that reads back as the same double, always with a '.', an 'e' or both, so that a
 * reader keeps it apart from an integer; not finite: null. */
void jsonw_double(struct json_writer *w, double value);
void jsonw_bool(struct json_writer *w, bool value);
void jsonw_null(struct json_writer *w);

/* The form jsonw_double writes, as CPython's repr() would: 1.0, 0.1, 1e+22. Size: at least 32. */
enum { JSON_DOUBLE_SIZE = 40 };
void json_double_text(double value, char text[static JSON_DOUBLE_SIZE]);

#endif
