/* Lists of a cluster: what is there is listed, page after page, and described as the pages come in.
 * One survey answers one question. The first failure ends it; its facts are all or none. */
#ifndef CLOUD_AWS_SURVEY_H
#define CLOUD_AWS_SURVEY_H

#include "base/jsonw.h"
#include "cloud/aws/account.h"
#include "cloud/aws/ecs_answers.h"
#include "cloud/aws/paging.h"

struct survey;

struct survey_kind {
    const struct aws_operation *list;
    const char *arns;  /* member of the list's answer */
    const char *asked; /* member of the describe's request */
    int rounds;        /* lists to read, one after another */
    /* Adds the list's own members to its request; NULL: none. */
    void (*write_filter)(const struct survey *survey, struct json_writer *w);
    const struct aws_operation *describe;
    const struct ecs_described *described;
    size_t max; /* names in one describe */
    enum error_code (*take)(struct survey *survey, const struct item *item, struct error *err);
    /* Everything is in. */
    void (*sort)(struct survey *survey);
    void (*fill)(const struct survey *survey, struct query *query);
};

struct survey {
    const struct survey_kind *kind;
    struct aws_cloud *cloud;
    struct arena arena;
    struct question question;
    struct str region;
    struct str cluster;
    int round;
    bool is_listing;
    struct paging paging;
    VEC(struct str) listed;
    size_t sent; /* of these: asked to be described */
    int outstanding;
    int depth; /* of the deepest answer so far */
    struct error err;
    /* What was taken; each kind uses one. */
    VEC(struct instance_facts) instances;
    VEC(struct daemon_facts) daemons;
    VEC(struct str) tasks;
};

void survey_start(const struct survey_kind *kind, struct aws_cloud *cloud,
                  const struct question *question);

#endif
