/* The one table of what a definition may hold. It drives reading (read.c), checking, help in
 * messages, the tables in docs/definitions.md and the JSON Schema, so they cannot drift apart. */
#ifndef DEFINITION_SCHEMA_H
#define DEFINITION_SCHEMA_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* The kinds of mappings in a file. */
enum schema_level {
    LEVEL_CLUSTER,
    LEVEL_SERVICE,
    LEVEL_EVENT,
    LEVEL_SOURCES,
    LEVEL_HTTP,
    LEVEL_HTTP_STATISTIC,
    LEVEL_CLOUDWATCH,
    LEVEL_DIMENSION,
    LEVEL_CLOUDWATCH_STATISTIC,
    LEVEL_COUNT,
};

/* What a value is, and the C type it is stored as. */
enum schema_type {
    TYPE_TEXT,       /* struct text */
    TYPE_ALIAS,      /* struct str */
    TYPE_URL,        /* struct text */
    TYPE_BOOL,       /* bool */
    TYPE_INT,        /* int64_t */
    TYPE_PERIOD,     /* int64_t, seconds */
    TYPE_NUMBER,     /* double */
    TYPE_SECONDS,    /* int64_t, milliseconds */
    TYPE_CHOICE,     /* enum: the index in `choices` */
    TYPE_EXPRESSION, /* struct str */
    TYPE_ANY,        /* struct text: JSON */
    TYPE_TEXT_MAP,   /* array of struct header_definition, count */
    TYPE_MAP,        /* array of `item`, which begins with its struct text name; count */
    TYPE_LIST,       /* array of `item`, count */
    TYPE_LEVEL,      /* keys of `item`, stored in the same struct */
    TYPE_COUNT,
};

/* What a text must look like. */
enum schema_format {
    FORMAT_ANY,
    FORMAT_SOME, /* not empty, no control character */
    FORMAT_ECS_NAME,
    FORMAT_REGION,
    FORMAT_NAMESPACE,
    FORMAT_STATISTIC,
    FORMAT_HEADER_NAME,
    FORMAT_HEADER_VALUE,
    FORMAT_COUNT,
};

struct schema_key {
    const char *name;
    enum schema_level level;
    enum schema_type type;
    const char *fallback;      /* as it would stand in the file; NULL: none */
    const char *fallback_text; /* for people, where there is no fallback */
    double low;                /* INT, SECONDS */
    double high;
    const char *const *choices; /* CHOICE, ended by NULL */
    enum schema_format format;  /* TEXT, ALIAS; TEXT_MAP: of its values */
    enum schema_format names;   /* MAP, TEXT_MAP: of its keys */
    enum schema_level item;     /* MAP, LIST, LEVEL */
    bool required;
    bool nullable;     /* required, and null says something of its own */
    bool not_zero;     /* INT */
    size_t max_items;  /* LIST; 0: no limit of its own */
    size_t offset;     /* of the value in the level's struct */
    size_t has_offset; /* of the bool that says it is given; arrays: of the count; or 0 */
    const char *unit;  /* "tasks"; may be NULL */
    const char *doc;   /* one or two sentences */
};

struct schema_level_info {
    const char *name; /* "an event" */
    const char *id;   /* "event": in the JSON Schema's $defs */
    const char *path; /* "services.NAME.events[]" */
    const char *doc;  /* one or two sentences */
    size_t size;      /* of the C struct */
};

struct schema_format_info {
    const char *pattern; /* ECMA 262, for the JSON Schema; NULL: anything */
    const char *rule;    /* "1 to 255 letters, digits, '-' or '_'" */
    bool (*matches)(struct str text);
};

/* The rows, in the order of the documentation, grouped by level. */
extern const struct schema_key schema_keys[];
extern const size_t schema_key_count;

const struct schema_level_info *schema_level_info(enum schema_level level);
const struct schema_format_info *schema_format_info(enum schema_format format);

/* The row of a key; NULL: unknown. */
const struct schema_key *schema_find(enum schema_level level, struct str name);
/* Adds what may help: "did you mean 'events'?", "'period' is a key of a CloudWatch source". */
void schema_suggest(enum schema_level level, struct str unknown, struct buf *out);
/* Adds what the value must be: "a whole number from 0 to 1000000". */
void schema_expected(const struct schema_key *key, struct buf *out);

/* The JSON Schema (draft 2020-12), and the tables of docs/definitions.md. */
void schema_write_json(struct buf *out);
void schema_write_markdown(struct buf *out);

/* A period that CloudWatch knows: 1, 5, 10, 20, 30 or a multiple of 60 up to a day. */
bool schema_is_period(int64_t seconds);

#endif
