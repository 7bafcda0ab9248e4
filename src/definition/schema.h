/* The one table of what a definition may hold; see document/schema.h. */
#ifndef DEFINITION_SCHEMA_H
#define DEFINITION_SCHEMA_H

#include "document/schema.h"

/* The kinds of mappings in a file. */
enum definition_level {
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

extern const struct schema definition_schema;

#endif
