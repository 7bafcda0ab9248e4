/* Reading JSON with jansson: bounded, any top-level value, and getters that never trust a type.
 * A json_t is reference counted: release with json_decref, or CLEANUP(json_release). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Parses the whole of `text`. Integers beyond 64 bits become reals. E_SYNTAX with line and column
 * for malformed text, E_LIMIT for nesting over LIMIT_ANSWER_DEPTH. */
NODISCARD enum error_code json_parse(struct str text, json_t **out, struct error *err);
void json_release(json_t **json);

/* Members of an object; false and *out untouched where `object` is no object, has no such key, or
 * the value is of another type. The text lives as long as the json_t. */
bool json_get_str(const json_t *object, const char *key, struct str *out);
bool json_get_int(const json_t *object, const char *key, int64_t *out); /* a whole real counts */
bool json_get_bool(const json_t *object, const char *key, bool *out);
/* The member itself or NULL; for arrays and objects. */
json_t *json_get_array(const json_t *object, const char *key);
json_t *json_get_object(const json_t *object, const char *key);

#endif
