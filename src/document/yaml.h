/* A YAML file as a tree with positions, made from libfyaml's events. For the rooms that read files.
 *
 * Anchors, aliases and merge keys are resolved here: an alias is the anchored node itself (so the
 * tree is a graph without cycles), a merged mapping has all its entries. Scalars are not typed:
 * what a text means depends on the key it stands under (scalar.h), and variables are not filled in
 * yet (fill.h). */
#ifndef DOCUMENT_YAML_H
#define DOCUMENT_YAML_H

#include "document/source.h"

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

enum yaml_style { YAML_PLAIN, YAML_SINGLE_QUOTED, YAML_DOUBLE_QUOTED, YAML_LITERAL, YAML_FOLDED };

struct filled; /* fill.h */

struct yaml_entry {
    struct yaml_node *key; /* a scalar */
    struct yaml_node *value;
};

struct yaml_node {
    enum yaml_kind kind;
    enum yaml_style style; /* scalars; a tag !!str counts as quoted */
    struct span span;      /* scalars: the content, without quotes; else the start */
    struct str masked;     /* scalars: the text YAML makes of it, references masked */
    struct yaml_entry *entries;
    size_t entry_count;
    struct yaml_node **items;
    size_t item_count;
    size_t weight; /* nodes and text below it, aliases expanded */
    size_t depth;
    bool open;                   /* still being read: an alias to it would be a cycle */
    bool bad;                    /* something was reported about its value */
    const struct filled *filled; /* kept by fill.c */
};

/* Parses the source. NULL: reported. Duplicate keys are reported, the first one stands. An empty
 * file gives an empty plain scalar. */
struct yaml_node *yaml_parse(struct source *source);

/* The value under a key, variables in it filled in where fill() has been there; NULL: none. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* The byte of the file where byte `offset` of a scalar's masked text comes from; exact for text
 * that stands as it is, near for what is folded or escaped. */
size_t yaml_locate(const struct source *source, const struct yaml_node *scalar, size_t offset);

/* The text of a single-quoted scalar, whose content is at `span`. libfyaml 0.7.12 would do, but
 * loses memory over runs of doubled quotes. */
struct str yaml_unquote(const struct source *source, struct span span);

/* Is it a plain scalar that YAML 1.2 reads as null (empty, ~, null) and holds no variable? */
bool yaml_is_null(const struct yaml_node *node);

#endif
