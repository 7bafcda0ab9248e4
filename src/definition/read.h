/* The tree of a file → struct definition, by the table in schema.h. Internal to definition/. */
#ifndef DEFINITION_READ_H
#define DEFINITION_READ_H

#include "definition/yaml.h"

/* Fills *definition; what is wrong is reported to the source, and its node is bad. Arrays are
 * parallel to the entries and items of the tree, errors or not. */
void read_definition(struct source *source, struct yaml_node *root, struct definition *definition);

#endif
