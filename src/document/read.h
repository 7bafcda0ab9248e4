/* The tree of a file → a struct, by its table (schema.h). For the rooms that read files. */
#ifndef DOCUMENT_READ_H
#define DOCUMENT_READ_H

#include "document/schema.h"
#include "document/yaml.h"

/* Fills the struct of level 0; what is wrong is reported to the source, and its node is bad. Arrays
 * are parallel to the entries and items of the tree, errors or not. */
void document_fill(struct source *source, const struct schema *schema, struct yaml_node *root,
                   void *target);

#endif
