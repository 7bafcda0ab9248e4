/* The small parts that records are written from and read into, inside record/ only.
 *
 * Reading goes along a chain of nodes, so that an error can name the member it is about
 * ("snapshot.services[2].desired"). The first error stays; from then on every getter gives zero,
 * so that readers need no check after each member, only one at the end (reader->code). */
#ifndef RECORD_PARTS_H
#define RECORD_PARTS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "model/definition.h"
#include "model/fact.h"
#include "model/snapshot.h"
#include "model/value.h"

/* --- writing --- */

void write_str(struct json_writer *w, const char *key, struct str value);
void write_int(struct json_writer *w, const char *key, int64_t value);
void write_bool(struct json_writer *w, const char *key, bool value);
/* A number, or null where there is none. */
void write_maybe_int(struct json_writer *w, const char *key, bool has, int64_t value);
void write_maybe_real(struct json_writer *w, const char *key, bool has, double value);
/* int, float, bool and null kept apart; what JSON has no number for is {"float": "inf"}. */
void write_value(struct json_writer *w, const char *key, struct value value);
/* "fact": "present", and the reason where it is another. */
void write_fact(struct json_writer *w, struct fact fact);

/* The region as it may be shown: it can be one of the definition that came out of a variable. */
struct str region_shown(const struct definition *definition, struct str region);

/* --- reading --- */

struct reader {
    struct arena *arena; /* of everything read */
    enum error_code code;
    struct error *err;
};

struct node {
    struct reader *reader;
    const struct node *parent; /* NULL: the whole document */
    const char *key;           /* NULL: an item, number `index` */
    size_t index;
    const json_t *json; /* NULL: there is no such member */
};

void node_fail(const struct node *node, enum error_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A member of an object, whatever it is; an item of a list. */
struct node node_member(const struct node *object, const char *key);
struct node node_item(const struct node *list, size_t index);
bool node_is_null(const struct node *node); /* or absent */

/* Members that must be there and of that type. */
struct node node_object(const struct node *object, const char *key);
struct node node_list(const struct node *object, const char *key, size_t max, size_t *count);
struct str node_str(const struct node *object, const char *key); /* copied into the arena */
int64_t node_int(const struct node *object, const char *key, int64_t low, int64_t high);
bool node_bool(const struct node *object, const char *key);
struct value node_value(const struct node *object, const char *key);
struct fact node_fact(const struct node *object);

/* null: false, and *out is untouched. */
bool node_maybe_int(const struct node *object, const char *key, int64_t high, int64_t *out);
bool node_maybe_real(const struct node *object, const char *key, double *out);

/* The parts of a document; everything in the reader's arena, whole or (after an error) not to be
 * used. */
void definition_read(const struct node *node, struct definition *definition);
void snapshot_read(const struct node *node, const struct definition *definition,
                   struct snapshot *snapshot);

#endif
