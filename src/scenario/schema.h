/* The one table of what a scenario file may hold; see document/schema.h. */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include "document/schema.h"

/* The kinds of mappings in a file. */
enum scenario_level {
    SCENARIO_FILE,
    SCENARIO_TYPE,
    SCENARIO_DATAPOINTS,
    SCENARIO_CLUSTER,
    SCENARIO_GROUP,
    SCENARIO_SERVICE,
    SCENARIO_QUEUE,
    SCENARIO_QUEUE_OBJECTIVE,
    SCENARIO_WEB,
    SCENARIO_WEB_OBJECTIVE,
    SCENARIO_LOAD,
    SCENARIO_STEP,
    SCENARIO_RAMP,
    SCENARIO_SPIKE,
    SCENARIO_DAILY,
    SCENARIO_WEEKLY,
    SCENARIO_METRIC,
    SCENARIO_DIMENSION,
    SCENARIO_LEVEL_COUNT,
};

extern const struct schema scenario_schema;

#endif
