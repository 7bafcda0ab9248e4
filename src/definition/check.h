/* What one key alone cannot tell: bounds, aliases, expressions, events that never take effect.
 * Internal to definition/. */
#ifndef DEFINITION_CHECK_H
#define DEFINITION_CHECK_H

#include "document/yaml.h"

/* Compiles the expressions, gathers each service's metrics, reports errors and warnings. The
 * definition was filled from this tree by read_definition. */
void check_definition(struct source *source, const struct yaml_node *root,
                      struct definition *definition);

/* A service while it is checked. */
struct service_check {
    struct source *source;
    const struct yaml_node *node; /* its mapping */
    struct span place;            /* of its name */
    struct service_definition *service;
    bool metrics_fine;   /* all sources could be read: names in expressions are known */
    bool aliases_hidden; /* one comes out of the environment: none goes into a message */
};

/* events.c: compiles the events' expressions; then what they mean together. */
void check_events(struct service_check *check);

#endif
